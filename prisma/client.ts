import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';
import { traceQueries } from './trace-queries.ts';

export type { PrismaClient };

/**
 * One pool of connections, with two ways in: Prisma for records and jobs, and bare connections for what Prisma has no
 * words for, COPY and set-based statements over thousands of rows.
 */
export interface Database {
  prisma: PrismaClient;
  pool: pg.Pool;
  close(): Promise<void>;
}

/** A connection or the pool: whatever runs a single statement. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>;

export interface DatabaseOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  maxConnections: number;
  /** Bound of one statement, in milliseconds. Keep it below the activity's own time-out. */
  statementTimeoutMs: number;
  /** Makes each statement a part of the trace in which it is asked for. */
  isTraced?: boolean;
  /** Told of errors of idle connections, which nobody else would hear of. */
  onError: (error: Error) => void;
}

/**
 * A worker that was cut off must not keep its locks: its successor queues behind them. So idle transactions and waits for
 * locks end after 30 s, and a dead peer is noticed within 10 s of silence (keepalive).
 */
const SESSION_SETTINGS = [
  '-c lock_timeout=30s',
  '-c idle_in_transaction_session_timeout=30s',
  '-c tcp_keepalives_idle=10',
  '-c tcp_keepalives_interval=10',
  '-c tcp_keepalives_count=3',
  // Compiling takes longer than the short statements here run.
  '-c jit=off',
].join(' ');

export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.maxConnections,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
    options: `${SESSION_SETTINGS} -c statement_timeout=${String(options.statementTimeoutMs)}`,
  });
  pool.on('error', options.onError);
  // The pool listens to idle connections only. One that is lost while it is in use also fails the statement under way, which
  // is heard of; without a listener here it would end the process besides.
  pool.on('connect', (client) => client.on('error', options.onError));
  if (options.isTraced === true) traceQueries(pool);
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) });
  return {
    prisma,
    pool,
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/**
 * Runs statements in one transaction on one connection.
 * A connection on which anything failed is closed, not given back: its state is unknown.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

/** Whether a unique index refused a row (SQLSTATE 23505). */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && (error as Partial<pg.DatabaseError>).code === '23505';
}
