import { createHash } from 'node:crypto';
import type { RecordKind } from '../../contracts/words.ts';
import type { RecordFilter } from '../../prisma/repositories/record-conditions.ts';
import type { RecordPosition, RecordSort } from '../../prisma/repositories/record-lists.ts';
import { badCursor, matchCursor } from './cursor.ts';

const FORM = /^([\w-]{11})\.([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:\.([\w-]*))?$/;

/** Of 64 bits, which nobody meets by chance. */
function digestOf(filter: RecordFilter, sort: RecordSort): string {
  return createHash('sha256')
    .update(JSON.stringify([filter, sort]))
    .digest()
    .subarray(0, 8)
    .toString('base64url');
}

/** A place in a list of records, for a cursor that is good for the same filters and order only. */
export function toRecordPosition(
  filter: RecordFilter,
  sort: RecordSort,
  { id, value }: RecordPosition,
): string {
  const place = value === null ? '' : `.${Buffer.from(value).toString('base64url')}`;
  return `${digestOf(filter, sort)}.${id}${place}`;
}

/**
 * @returns the last place of the page before; null without a cursor
 * @throws {HttpProblem} `bad-cursor` for everything that this list, so filtered and sorted, does not give out
 */
export function decodeRecordCursor(
  list: RecordKind,
  filter: RecordFilter,
  sort: RecordSort,
  cursor: string | undefined,
): RecordPosition | null {
  const match = matchCursor(list, cursor, FORM);
  if (match === null) return null;
  const [, digest, id = '', value] = match;
  if (digest !== digestOf(filter, sort)) throw badCursor();
  return { id, value: value === undefined ? null : Buffer.from(value, 'base64url').toString('utf8') };
}
