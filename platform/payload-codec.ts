import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { KeyRing } from './key-ring.ts';
import { open, seal, SealError } from './seal.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

/** The names that Temporal's own examples of encryption use, so that their tools know such a payload for what it is. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';
const PURPOSE = 'temporal payload';

/**
 * Encrypts what workflows and activities are given and give back, before it leaves the process; the server keeps only that. What
 * was written before there were keys, or by the command line without them, is passed on as it is.
 */
export function createPayloadCodec(keys: KeyRing | undefined): PayloadCodec {
  return {
    encode: (payloads) =>
      Promise.resolve(
        payloads.map((payload) => {
          if (keys === undefined || isEncrypted(payload)) return payload;
          const { keyId, sealed } = seal(keys, PURPOSE, PayloadMessage.encode(payload).finish());
          return {
            metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(keyId) },
            data: sealed,
          };
        }),
      ),

    // A rejection, not an exception: the caller waits for a promise.
    // eslint-disable-next-line @typescript-eslint/require-await
    decode: async (payloads) =>
      payloads.map((payload) => {
        if (!isEncrypted(payload)) return payload;
        const keyId = payload.metadata?.[KEY_ID];
        if (keyId == null || payload.data == null) throw new SealError('an encrypted payload is incomplete');
        const plain = open(keys, Buffer.from(keyId).toString(), PURPOSE, payload.data);
        return PayloadMessage.decode(plain);
      }),
  };
}

/** What clients, workers and replays are given, so that all of them read and write alike. */
export function dataConverterOf(keys: KeyRing | undefined): DataConverter {
  return { payloadCodecs: [createPayloadCodec(keys)] };
}

function isEncrypted({ metadata }: Payload): boolean {
  const encoding = metadata?.encoding;
  return encoding != null && Buffer.from(encoding).toString() === ENCODING;
}
