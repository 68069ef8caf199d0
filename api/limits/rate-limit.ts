import { createHash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { HttpProblem } from '../http/http-problem.ts';

/** Who may do something how often. */
export interface RateLimit {
  /** Counts once. @throws {HttpProblem} `too-many-requests` */
  count(who: string): Promise<void>;
}

export interface RateLimitOptions {
  /** Tells the counts of one limit from those of another. */
  name: string;
  perMinute: number;
  /**
   * How many are fetched from the database at a time, and then given out from memory. 1 is exact. With more, only every so many
   * requests cost a statement, and a process that fetched too many at the end of a minute keeps the rest from the others.
   */
  batch?: number;
  /** What the caller is told. */
  detail: string;
}

/** Fetched and not yet given out. */
interface Batch {
  left: number;
  until: number;
}

const WINDOW_SECONDS = 60;
/** Callers whose batches are kept in memory, at most; an attacker can have many names. */
const MAX_BATCHES = 10_000;

/**
 * A limit over a minute that all processes count together, in a table. While the database is away each counts by itself: it is not
 * the limit that then refuses requests.
 */
export function createRateLimit(pool: pg.Pool, options: RateLimitOptions): RateLimit {
  const { name, perMinute: points, batch: size = 1, detail } = options;
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: name,
    points,
    duration: WINDOW_SECONDS,
    // Who is over the limit is refused without asking the database again.
    inMemoryBlockOnConsumed: points,
    insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points, duration: WINDOW_SECONDS }),
  });
  const batches = new Map<string, Promise<Batch>>();

  const fetchBatch = async (key: string): Promise<Batch> => {
    const { msBeforeNext } = await limiter.consume(key, size);
    return { left: size, until: Date.now() + msBeforeNext };
  };

  const take = async (key: string): Promise<void> => {
    for (;;) {
      const known = batches.get(key);
      const found = await (known ?? startBatch(key));
      if (found.left > 0 && found.until > Date.now()) {
        found.left -= 1;
        return;
      }
      // Of those that find it empty at the same time only one fetches the next.
      if (batches.get(key) === known) batches.delete(key);
    }
  };

  const startBatch = (key: string): Promise<Batch> => {
    if (batches.size >= MAX_BATCHES) batches.clear();
    const fetching = fetchBatch(key);
    batches.set(key, fetching);
    fetching.catch(() => {
      if (batches.get(key) === fetching) batches.delete(key);
    });
    return fetching;
  };

  return {
    async count(who) {
      // Names are of any length, and nobody's business in this table.
      const key = createHash('sha256').update(who).digest('base64url');
      try {
        if (size === 1) await limiter.consume(key);
        else await take(key);
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        throw tooMany(detail, Math.ceil(error.msBeforeNext / 1_000));
      }
    },
  };
}

/** @param retryAfterSeconds when the next request is welcome */
export function tooMany(detail: string, retryAfterSeconds: number): HttpProblem {
  const headers = { 'Retry-After': String(Math.max(1, retryAfterSeconds)) };
  return new HttpProblem('too-many-requests', detail, { headers });
}
