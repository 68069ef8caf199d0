import type { Queryable } from '../client.ts';

/**
 * Questions to the database whose answer must be "none", whatever has failed before. Each query lists what breaks its rule,
 * one text a row.
 */
export type Question = (db: Queryable) => Promise<string[]>;

export function none(sql: string): Question {
  return async (db) => (await db.query<{ broken: string }>(sql)).rows.map(({ broken }) => broken);
}
