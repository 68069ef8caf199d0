import type { EventEnvelope } from '../../contracts/events/envelope.ts';

/** The bytes that are sent, and signed: always in this order, so that every attempt sends the same. */
export function encodeEvent({ id, type, version, timestamp, correlationId, data }: EventEnvelope): Buffer {
  return Buffer.from(JSON.stringify({ id, type, version, timestamp, correlationId, data }));
}
