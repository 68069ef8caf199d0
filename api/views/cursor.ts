import { HttpProblem } from '../http/http-problem.ts';

/** The lists that are read page by page; the cursor of one is worth nothing in another. */
export type PagedList = 'jobs' | 'chunks' | 'rows';

const LARGEST = 2 ** 31 - 1;

/** @param position number of the last item of the page */
function encodeCursor(list: PagedList, position: number): string {
  return Buffer.from(`${list}:${String(position)}`).toString('base64url');
}

/**
 * @returns the number of the last item of the page before; null without a cursor
 * @throws {HttpProblem} `bad-cursor` for everything that {@link encodeCursor} does not make for this list
 */
export function decodeCursor(list: PagedList, cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const match = /^(\w+):(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
  const position = Number(match?.[2]);
  if (match?.[1] !== list || position > LARGEST || encodeCursor(list, position) !== cursor) {
    throw new HttpProblem(
      'bad-cursor',
      'The cursor is not one that this list gave out. Start again without one.',
    );
  }
  return position;
}

/** A page of a list, of which one item more than asked for was read to see whether there is a next one. */
export function toPage<Item, Shown>(
  list: PagedList,
  found: readonly Item[],
  limit: number,
  positionOf: (item: Item) => number,
  view: (item: Item) => Shown,
): { items: Shown[]; nextCursor: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const nextCursor = found.length > limit && last !== undefined ? encodeCursor(list, positionOf(last)) : null;
  return { items: items.map(view), nextCursor };
}
