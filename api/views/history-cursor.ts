import type { HistoryPosition, RecordWrite } from '../../prisma/repositories/record-history.ts';
import { badCursor, matchCursor, type PagedList } from './cursor.ts';

const FORM = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.(\d{1,10})\.(\d{1,10})$/;
const LARGEST = 2 ** 31 - 1;

/** A write as the position of a history: the next page goes on along its chain. */
export function toHistoryPosition({ writer, versionBefore }: RecordWrite): string {
  return `${writer.changeId}.${String(writer.row ?? 0)}.${String(versionBefore)}`;
}

/**
 * @returns the last write of the page before; null without a cursor
 * @throws {HttpProblem} `bad-cursor` for everything that this list does not give out
 */
export function decodeHistoryCursor(list: PagedList, cursor: string | undefined): HistoryPosition | null {
  const match = matchCursor(list, cursor, FORM);
  if (match === null) return null;
  const [, changeId = '', row, version] = match;
  const position = { changeId, changeRow: Number(row), versionBefore: Number(version) };
  if (position.changeRow > LARGEST || position.versionBefore > LARGEST) throw badCursor();
  return position;
}
