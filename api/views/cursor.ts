import type { RecordKind } from '../../contracts/words.ts';
import { HttpProblem } from '../http/http-problem.ts';

/** The lists that are read page by page; the cursor of one is worth nothing in another. */
export type PagedList =
  | 'jobs'
  | 'chunks'
  | 'rows'
  | 'mappings'
  | 'audit'
  | 'attention'
  | 'orders'
  | 'webhooks'
  | 'deliveries'
  | 'keys'
  | RecordKind
  | `${RecordKind}-history`;

const LARGEST = 2 ** 31 - 1;

const NUMBER = /^\d{1,10}$/;
const ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @param position number or id of the last item of the page */
export function encodeCursor(list: PagedList, position: number | string): string {
  return Buffer.from(`${list}:${String(position)}`).toString('base64url');
}

/** What a request is told whose cursor does not lead anywhere. */
export function badCursor(): HttpProblem {
  return new HttpProblem(
    'bad-cursor',
    'The cursor is not one that this list gave out. Start again without one.',
  );
}

/**
 * @returns the number of the last item of the page before; null without a cursor
 * @throws {HttpProblem} `bad-cursor` for everything that {@link toPage} does not make for this list
 */
export function decodeCursor(list: PagedList, cursor: string | undefined): number | null {
  const match = matchCursor(list, cursor, NUMBER);
  if (match === null) return null;
  const position = Number(match[0]);
  if (position > LARGEST || String(position) !== match[0]) throw badCursor();
  return position;
}

/**
 * @returns the id of the last item of the page before; null without a cursor
 * @throws {HttpProblem} as {@link decodeCursor}
 */
export function decodeIdCursor(list: PagedList, cursor: string | undefined): string | null {
  return matchCursor(list, cursor, ID)?.[0] ?? null;
}

/**
 * @param form what a position of the list looks like
 * @returns the position, taken apart; null without a cursor
 * @throws {HttpProblem} as {@link decodeCursor}
 */
export function matchCursor(
  list: PagedList,
  cursor: string | undefined,
  form: RegExp,
): RegExpExecArray | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const match = text.startsWith(`${list}:`) ? form.exec(text.slice(list.length + 1)) : null;
  // The decoder passes over what is not base64url; only what was given out is taken back.
  if (match === null || encodeCursor(list, match[0]) !== cursor) throw badCursor();
  return match;
}

/** A page of a list, of which one item more than asked for was read to see whether there is a next one. */
export function toPage<Item, Shown>(
  list: PagedList,
  found: readonly Item[],
  limit: number,
  positionOf: (item: Item) => number | string,
  view: (item: Item) => Shown,
): { items: Shown[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = found.length > limit && last !== undefined ? encodeCursor(list, positionOf(last)) : null;
  return { items: items.map(view), nextCursor };
}
