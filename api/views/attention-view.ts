import type { WebhookAttentionJson } from '../../contracts/http/attention.ts';
import type { Waiting, WaitingEndpoint } from '../../prisma/repositories/attention.ts';
import { encodeCursor, matchCursor } from './cursor.ts';

/** Time in milliseconds, type, id. */
const PLACE = /^(\d{1,15})\.(job|order|webhook)\.([\w.-]{1,64})$/;

/** @returns the cursor of a page that ends with this one */
export function encodeAttentionCursor({ since, type, id }: Waiting): string {
  return encodeCursor('attention', `${String(since.getTime())}.${type}.${id}`);
}

/**
 * @returns the last one of the page before; null without a cursor
 * @throws {HttpProblem} `bad-cursor` for everything that {@link encodeAttentionCursor} does not make
 */
export function decodeAttentionCursor(cursor: string | undefined): Waiting | null {
  const match = matchCursor('attention', cursor, PLACE);
  if (match === null) return null;
  const [, ms, type, id = ''] = match;
  return { since: new Date(Number(ms)), type: type as Waiting['type'], id };
}

/**
 * An endpoint with deliveries that gave up, as the API shows it.
 * @param withUrl false for those who may not see endpoints
 */
export function viewWaitingEndpoint(
  { id, url, description, active, disabledReason, failingSince, parked, last }: WaitingEndpoint,
  withUrl: boolean,
): Omit<WebhookAttentionJson, 'since'> {
  return {
    webhook: {
      id,
      url: withUrl ? url : null,
      description,
      active,
      disabledReason,
      failingSince: failingSince?.toISOString() ?? null,
    },
    deliveries: { parked, last },
  };
}
