import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { fingerprint, mixedProducts } from '../support/mixed-products.ts';
import { seededRandom } from '../support/random.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/**
 * Whatever is killed, and whenever, an import ends as if nothing had happened: the same records, the same outcome of each
 * row. The instants are random; a failing run is made again with its seed.
 */
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const random = seededRandom(SEED);
const { content: FILE, seed } = mixedProducts(12_000);

let under: StackUnderTest;
let undisturbed: Awaited<ReturnType<typeof fingerprint>>;

beforeAll(async () => {
  under = await startStackUnderTest({
    env: {
      IMPORT_CHUNK_ROWS: '300',
      // Together longer than a busy machine needs to bring a killed database back.
      IMPORT_RETRY_DELAYS_MS: '100,500,2000,5000,10000',
      HOUSEKEEPING_INTERVAL_MS: '1000',
    },
  });
  await seed(under);
  const job = await under.post(FILE);
  await under.waitFor(job.id, 'completed');
  undisturbed = await fingerprint(under, job);
}, 240_000);

afterAll(async () => {
  await under.stop();
});

beforeEach(() => seed(under));
afterEach(async () => {
  await under.expectInvariants();
}, 120_000);

/** Waits until a random share of a job's chunks has been staged or applied, or until it is over. */
async function randomInstant(jobId: string, step: 'staged_at' | 'applied_at'): Promise<void> {
  const share = random();
  await until(async () => {
    const { rows } = await under.db.pool.query<{ done: boolean }>(
      `SELECT j.finished_at IS NOT NULL OR (count(c.${step}) > 0 AND count(c.${step}) >= count(*) * $2::float8) AS done
         FROM jobs j LEFT JOIN chunks c ON c.job_number = j.number WHERE j.id = $1 GROUP BY j.id`,
      [jobId, share * 0.9],
    );
    return rows[0]?.done === true;
  });
}

async function expectUndisturbed(job: Job): Promise<void> {
  const ended = await under.waitFor(job.id, 'completed', 'failed', 'needs_attention');
  expect(ended).toMatchObject({ status: 'completed', failure: null });
  expect(await fingerprint(under, job), `seed ${SEED}`).toEqual(undisturbed);
}

describe(`an import ends as if undisturbed (seed ${SEED})`, () => {
  test('when the parse worker is killed in the middle of staging', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'staged_at');
    await under.kill('parse');
    await expectUndisturbed(job);
  }, 120_000);

  test('when the apply worker is killed in the middle of applying', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'applied_at');
    await under.kill('apply');
    await expectUndisturbed(job);
  }, 120_000);

  test('when the workflow worker is killed', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'staged_at');
    await under.kill('workflows');
    await expectUndisturbed(job);
  }, 120_000);

  test('when the Temporal server is killed and started again', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'staged_at');
    await under.stack.temporal!.kill();
    await under.stack.temporal!.restart();
    await expectUndisturbed(job);
  }, 180_000);

  test('when PostgreSQL is killed and started again', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'applied_at');
    await under.stack.postgres!.kill();
    await under.stack.postgres!.restart();
    await expectUndisturbed(job);
  }, 120_000);

  test('when the database ends every connection again and again', async () => {
    const job = await under.post(FILE);
    for (let round = 0; round < 3; round += 1) {
      await randomInstant(job.id, round === 0 ? 'staged_at' : 'applied_at');
      await under.db.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name LIKE '%worker'`,
      );
    }
    await expectUndisturbed(job);
  }, 120_000);

  test('when Temporal was away at the upload and the API died before it came back', async () => {
    await under.stack.temporal!.kill();
    const job = await under.post(FILE);
    expect(job.status).toBe('pending');
    await under.kill('api');
    await under.stack.temporal!.restart();
    await expectUndisturbed(job);
  }, 240_000);
});
