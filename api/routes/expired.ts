import type { KeptPart } from '../../contracts/words.ts';
import type { Queryable } from '../../prisma/client.ts';
import { readExpiredParts } from '../../prisma/repositories/expired-parts.ts';
import { HttpProblem } from '../http/http-problem.ts';

const NAMES: Record<KeptPart, string> = {
  files: 'uploaded file',
  staging: 'rows',
  outcomes: 'outcomes of its rows',
  changes: 'earlier values of the records it changed',
};

/** A job that is opened again reads its rows, knows what was applied, and may change records. */
export const NEEDED_TO_REOPEN = ['staging', 'outcomes', 'changes'] as const satisfies KeptPart[];

/**
 * Refuses what needs something of a job that is no longer kept. What is read is whole when this is asked after it was read, or
 * under the lock of the job's row: a part counts as gone before any of it is removed.
 *
 * @throws {HttpProblem} `expired`
 */
export async function refuseExpired(
  db: Queryable,
  jobId: string,
  ...needed: readonly KeptPart[]
): Promise<void> {
  const expired = await readExpiredParts(db, jobId);
  const gone = needed.filter((part) => expired.includes(part)).map((part) => NAMES[part]);
  if (gone.length === 0) return;
  throw new HttpProblem('expired', `No longer kept of this job: ${gone.join(', ')}.`);
}

/** Passes a long answer on, and cuts it short when what it is made of is given up meanwhile. */
export async function* whileKept<T>(
  source: AsyncIterable<T>,
  check: () => Promise<void>,
): AsyncGenerator<T, void, undefined> {
  yield* source;
  await check();
}
