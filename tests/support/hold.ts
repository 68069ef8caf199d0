import { onTestFinished } from 'vitest';
import type { Database } from '../../prisma/client.ts';

/**
 * Runs a statement in a transaction that stays open, so that whoever needs the same rows waits: the way to catch a worker
 * exactly in the middle of its work.
 *
 * @returns lets go, as if nothing had happened; at the latest the end of the test does so
 */
export async function hold(
  db: Database,
  statement: string,
  values: unknown[] = [],
): Promise<() => Promise<void>> {
  const client = await db.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await client.query(statement, values);
  } catch (error) {
    client.release(true);
    throw error;
  }
  let held = true;
  const release = async (): Promise<void> => {
    if (!held) return;
    held = false;
    await client.query('ROLLBACK');
    client.release();
  };
  onTestFinished(release);
  return release;
}

/** Inserts customers who never come to be: who inserts the same ones waits until it is let go. */
export function holdCustomers(db: Database, emails: readonly string[]): Promise<() => Promise<void>> {
  return hold(
    db,
    `INSERT INTO customers (email, email_key, name, company, last_change)
     SELECT email, email, 'nobody', 'nowhere', uuidv7() FROM unnest($1::text[]) AS email`,
    [emails],
  );
}

/**
 * @param service for example `apply-worker`
 * @returns ids of its connections to the database that wait for somebody else's lock
 */
export async function waitingConnections(db: Database, service: string): Promise<number[]> {
  // Locks of rows and tables: others, as the one under which commits are announced, come and go by themselves.
  const { rows } = await db.pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = $1
        AND wait_event_type = 'Lock' AND wait_event IN ('transactionid', 'tuple', 'relation')`,
    [service],
  );
  return rows.map(({ pid }) => pid);
}

/** Cuts connections, as a failing network or an operator of the database would. */
export async function cutConnections(db: Database, pids: readonly number[]): Promise<void> {
  await db.pool.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
}
