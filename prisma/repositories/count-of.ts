import type { Queryable } from '../client.ts';

/** @returns what a statement with the one result `{ count }` says */
export async function countOf(db: Queryable, statement: string, values: unknown[]): Promise<number> {
  const { rows } = await db.query<{ count: number }>(statement, values);
  return rows[0]?.count ?? 0;
}
