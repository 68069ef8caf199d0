import type { Payload } from '@temporalio/common';
import {
  MAX_CODEC_BYTES,
  type PayloadJson,
  payloadsExample,
  payloadsSchema,
} from '../../contracts/http/codec.ts';
import { createPayloadCodec } from '../../platform/payload-codec.ts';
import { SealError } from '../../platform/seal.ts';
import type { AppDeps } from '../deps.ts';
import { invalidField } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';

const description =
  'For the Temporal Web UI and its command line, as their codec server: `ENCRYPTION_KEYS` never leaves this installation. Where no ' +
  'keys are set, and of payloads that are not encrypted, everything comes back as it was.';

const decodeRoute = declareRoute({
  method: 'post',
  path: '/api/codec/decode',
  operationId: 'decodePayloads',
  summary: 'Decrypt payloads of workflows',
  description,
  tag: 'system',
  access: 'operator',
  body: payloadsSchema,
  maxBodyBytes: MAX_CODEC_BYTES,
  responses: {
    200: { description: 'The same payloads, readable.', schema: payloadsSchema, example: payloadsExample },
  },
  problems: [],
});

const encodeRoute = declareRoute({
  ...decodeRoute,
  path: '/api/codec/encode',
  operationId: 'encodePayloads',
  summary: 'Encrypt payloads for workflows',
  responses: {
    200: {
      description: 'The same payloads, as Temporal may see them.',
      schema: payloadsSchema,
      example: payloadsExample,
    },
  },
});

/** The codec server of the Temporal Web UI and command line. */
export function mountCodec(router: ApiRouter, { config }: Pick<AppDeps, 'config'>): void {
  const codec = createPayloadCodec(config.ENCRYPTION_KEYS);
  const answer = async (
    { payloads }: { payloads: PayloadJson[] },
    convert: (payloads: Payload[]) => Promise<Payload[]>,
  ) => {
    try {
      const converted = await convert(payloads.map(fromJson));
      // What it leaves as it is keeps what this does not know of.
      const shown = converted.map((payload, index) => ({ ...payloads[index], ...toJson(payload) }));
      return { status: 200 as const, body: { payloads: shown }, headers: { 'Cache-Control': 'no-store' } };
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw invalidField('#/payloads', 'not_readable', `${error.message}.`);
    }
  };
  mountRoute(router, decodeRoute)(({ body }) => answer(body, (payloads) => codec.decode(payloads)));
  mountRoute(router, encodeRoute)(({ body }) => answer(body, (payloads) => codec.encode(payloads)));
}

function fromJson({ metadata = {}, data }: PayloadJson): Payload {
  return {
    metadata: mapValues(metadata, (text) => Buffer.from(text, 'base64')),
    data: data === undefined ? null : Buffer.from(data, 'base64'),
  };
}

function toJson({ metadata, data }: Payload): PayloadJson {
  return {
    metadata: mapValues(metadata ?? {}, (bytes) => Buffer.from(bytes).toString('base64')),
    ...(data == null ? {} : { data: Buffer.from(data).toString('base64') }),
  };
}

function mapValues<A, B>(given: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, change(value)]));
}
