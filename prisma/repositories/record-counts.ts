import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../client.ts';
import { type RecordFilter, searchConditions, where } from './record-conditions.ts';
import { estimate, MATCH_SETTINGS } from './record-lists.ts';

/** How far records are counted. */
export interface CountBounds {
  /** Without a filter: by one index alone. */
  all: number;
  /** With one: each that its index leads to is looked at. */
  matches: number;
  /** In milliseconds. */
  timeoutMs: number;
}

export const COUNT_BOUNDS: CountBounds = { all: 2_000_000, matches: 100_000, timeoutMs: 1_000 };

/**
 * How many records of a kind fit a filter. Counted up to a bound, and for so long; where there are more, or it takes longer, it is
 * the planner's estimate. So it costs about the same however many there are.
 */
export async function countRecords(
  { pool }: Database,
  kind: Kind,
  filter: RecordFilter,
  bounds: CountBounds = COUNT_BOUNDS,
): Promise<number> {
  if (filter.key !== undefined) throw new Error('records are not counted by their key');
  return await inTransaction(pool, async (client) => {
    const isPlain = filter.columns.length === 0 && filter.text === undefined;
    const bound = isPlain ? bounds.all : bounds.matches;
    const values: unknown[] = [];
    // All by the primary key of the table itself, and so of this moment. Those that fit by the indexes of the search table.
    const source = isPlain
      ? kind.table
      : `${kind.searchTable} s ${where(searchConditions(kind, filter, values, 'match'))}`;
    const text = `
      SELECT count(*)::int AS count
        FROM (SELECT FROM ${source} LIMIT $${String(values.push(bound + 1))}) counted`;
    await client.query('SAVEPOINT uncounted');
    if (!isPlain) await client.query(MATCH_SETTINGS);
    const counted = await withTimeout(client, bounds.timeoutMs, { text, values });
    if (counted !== null && counted <= bound) return counted;
    return Math.max(counted ?? 0, await estimate(client, kind, filter));
  });
}

/** @returns null when it takes longer */
async function withTimeout(
  client: pg.PoolClient,
  timeoutMs: number,
  statement: { text: string; values: unknown[] },
): Promise<number | null> {
  await client.query(`SET LOCAL statement_timeout = ${String(timeoutMs)}`);
  try {
    const { rows } = await client.query<{ count: number }>(statement);
    await client.query('RELEASE SAVEPOINT uncounted; SET LOCAL statement_timeout = DEFAULT');
    return rows[0]?.count ?? 0;
  } catch (error) {
    // query_canceled
    if (!(error instanceof Error && 'code' in error && error.code === '57014')) throw error;
    await client.query('ROLLBACK TO SAVEPOINT uncounted');
    return null;
  }
}
