import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { seededRandom } from '../support/random.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/**
 * Whatever is killed, and whenever, an import ends as if nothing had happened: the same records, the same outcome of each
 * row. The instants are random; a failing run is made again with its seed.
 */
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const random = seededRandom(SEED);
const ROWS = 12_000;

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
  await seed();
  const job = await under.post(FILE);
  await under.waitFor(job.id, 'completed');
  undisturbed = await fingerprint(job);
}, 240_000);

afterAll(async () => {
  await under.stop();
});

beforeEach(seed);
afterEach(async () => {
  await under.expectInvariants();
}, 120_000);

/** A third of the file's keys exist already, some of them with the values of the file. */
async function seed(): Promise<void> {
  await under.db.pool.query(`TRUNCATE products`);
  await under.db.pool.query(
    `INSERT INTO products (sku, sku_key, name, price, last_change)
     SELECT 'K-' || n, 'k-' || n, CASE WHEN n % 2 = 0 THEN 'name ' || n ELSE 'other' END, n, uuidv7()
       FROM generate_series(1, $1, 3) n`,
    [ROWS],
  );
}

/** New, changed and unchanged rows, repeated keys far apart, rejected rows, and cells over several lines. */
const FILE = [
  'sku,name,price,description',
  ...Array.from({ length: ROWS }, (_, index) => {
    const row = index + 1;
    if (row % 97 === 0) return `K-${row},broken,not a price,`;
    const key = row % 50 === 0 ? ROWS - row : row;
    return row % 41 === 0 ? `K-${key},name ${key},${key},"two\nlines"` : `K-${key},name ${key},${key},`;
  }),
].join('\n');

/** Everything an import leaves, without what differs from run to run: ids and times. */
async function fingerprint(job: Job) {
  const { rows: products } = await under.db.pool.query<{ sum: string }>(
    `SELECT md5(string_agg(md5(concat_ws('|', sku, sku_key, name, price, description, active, stock, version, last_change_row)), ''
                           ORDER BY sku_key)) AS sum FROM products`,
  );
  const { rows: outcomes } = await under.db.pool.query<{ sum: string }>(
    `SELECT md5(string_agg(concat_ws('|', s."row", s.line, s.key, COALESCE(o.outcome, s.outcome), s.errors::text), ','
                           ORDER BY s."row")) AS sum
       FROM staged_rows s
       JOIN jobs j ON j.number = s.job_number
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE j.id = $1`,
    [job.id],
  );
  const { rows: changes } = await under.db.pool.query<{ sum: string }>(
    `SELECT md5(string_agg(concat_ws('|', change_row, operation, before::text), ',' ORDER BY change_row)) AS sum
       FROM record_changes WHERE change_id = $1`,
    [job.id],
  );
  const { counts } = (await (await under.get(`/api/jobs/${job.id}`)).json()) as Job;
  return { products: products[0]?.sum, outcomes: outcomes[0]?.sum, changes: changes[0]?.sum, counts };
}

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
  expect(await fingerprint(job), `seed ${SEED}`).toEqual(undisturbed);
}

describe(`an import ends as if undisturbed (seed ${SEED})`, () => {
  test('when the parse worker is killed in the middle of staging', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'staged_at');
    await kill('parse');
    await expectUndisturbed(job);
  }, 120_000);

  test('when the apply worker is killed in the middle of applying', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'applied_at');
    await kill('apply');
    await expectUndisturbed(job);
  }, 120_000);

  test('when the workflow worker is killed', async () => {
    const job = await under.post(FILE);
    await randomInstant(job.id, 'staged_at');
    await kill('workflows');
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
    await kill('api');
    await under.stack.temporal!.restart();
    await expectUndisturbed(job);
  }, 240_000);
});

/** Kills one of our processes with -9; the stack starts it again. */
async function kill(service: string): Promise<void> {
  const running = under.stack.services.get(service)!;
  const { pid } = running;
  process.kill(pid, 'SIGKILL');
  await until(() => running.pid !== pid);
}
