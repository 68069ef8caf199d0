import { z } from 'zod';

/** Bytes in a JSON body, at most. Temporal sends the payloads of one page of a history at a time. */
export const MAX_CODEC_BYTES = 8 * 1024 * 1024;

const base64 = z.base64().meta({ description: 'Bytes in base64.', example: 'ImhlbGxvIg==' });

/** A payload in the JSON form of Temporal's protocol. Fields that later versions of it add are passed on. */
const payloadSchema = z
  .looseObject({
    metadata: z
      .record(z.string(), base64)
      .optional()
      .meta({ example: { encoding: 'anNvbi9wbGFpbg==' } }),
    data: base64.optional(),
  })
  .meta({ id: 'TemporalPayload' });
export type PayloadJson = z.infer<typeof payloadSchema>;

export const payloadsSchema = z
  .strictObject({ payloads: z.array(payloadSchema).max(10_000) })
  .meta({ id: 'TemporalPayloads' });

export const payloadsExample: z.infer<typeof payloadsSchema> = {
  payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'ImhlbGxvIg==' }],
};
