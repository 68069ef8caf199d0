import type { Kind } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../client.ts';
import { type RecordFilter, searchConditions, where } from './record-conditions.ts';
import { estimate, MATCH_SETTINGS } from './record-lists.ts';

/** How far records are counted one by one: all of a kind by one index, those that fit a filter each for itself. */
export const COUNTED_RECORDS = 2_000_000;
export const COUNTED_MATCHES = 20_000;

/**
 * How many records of a kind fit a filter. Counted up to a bound, so that it costs about the same however many there are; above
 * it the planner's estimate, which is never below the bound.
 */
export async function countRecords({ pool }: Database, kind: Kind, filter: RecordFilter): Promise<number> {
  if (filter.key !== undefined) throw new Error('records are not counted by their key');
  return await inTransaction(pool, async (client) => {
    const isPlain = filter.columns.length === 0 && filter.text === undefined;
    const values: unknown[] = [];
    const bound = isPlain ? COUNTED_RECORDS : COUNTED_MATCHES;
    // All by the primary key of the table itself, and so of this moment. Those that fit by the indexes of the search table.
    const source = isPlain
      ? kind.table
      : `${kind.searchTable} s ${where(searchConditions(kind, filter, values, 'match'))}`;
    if (!isPlain) await client.query(MATCH_SETTINGS);
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (SELECT FROM ${source} LIMIT $${String(values.push(bound + 1))}) counted`,
      values,
    );
    const counted = rows[0]?.count ?? 0;
    if (counted <= bound) return counted;
    return Math.max(counted, await estimate(client, kind, filter));
  });
}
