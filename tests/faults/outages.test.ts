import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '@temporalio/client';
import type { Job } from '../../contracts/http/job.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { fingerprint, mixedProducts } from '../support/mixed-products.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** What is away for longer than anybody tries again. */
const { content: FILE, seed } = mixedProducts(6_000);

let under: StackUnderTest;
let temporal: Client;
let undisturbed: Awaited<ReturnType<typeof fingerprint>>;

beforeAll(async () => {
  under = await startStackUnderTest({
    env: { IMPORT_CHUNK_ROWS: '100', IMPORT_RETRY_DELAYS_MS: '50,50', HOUSEKEEPING_INTERVAL_MS: '1000' },
  });
  temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
  await seed(under);
  const job = await under.post(FILE);
  await under.waitFor(job.id, 'completed');
  undisturbed = await fingerprint(under, job);
}, 240_000);
afterAll(async () => {
  await temporal.connection.close();
  await under.stop();
});

/** Waits until a job has a chunk of which a step is done, and others of which it is not. */
async function inTheMiddleOf(job: Job, step: 'staged_at' | 'applied_at'): Promise<void> {
  await until(async () => {
    const { rows } = await under.db.pool.query<{ done: boolean }>(
      `SELECT count(c.${step}) BETWEEN 1 AND count(*) - 10 AS done
         FROM jobs j JOIN chunks c ON c.job_number = j.number WHERE j.id = $1`,
      [job.id],
    );
    return rows[0]?.done === true;
  });
}

/** Steps of a job's workflow that are under way or wait for their next attempt. */
async function pendingSteps(job: Job): Promise<{ name: string; attempt: number }[]> {
  const { raw } = await temporal.workflow.getHandle(jobWorkflowId(job)).describe();
  return (raw.pendingActivities ?? []).map(({ activityType, attempt }) => ({
    name: activityType?.name ?? '',
    attempt: attempt ?? 0,
  }));
}

describe('a database that is gone for longer than the retries last', () => {
  test.each(['staged_at', 'applied_at'] as const)(
    'parks what is under way and no more, loses nothing, and a retry brings the import to its end (%s)',
    async (step) => {
      await seed(under);
      const job = await under.post(FILE);
      await inTheMiddleOf(job, step);
      await under.stack.postgres!.kill();
      // The attempts are used up: what is left to do is to note that, and that is tried until the database is back.
      await until(async () => {
        const steps = await pendingSteps(job);
        return steps.length > 0 && steps.every(({ name, attempt }) => name === 'parkPart' && attempt > 1);
      });
      const health = await under.get('/health/ready');
      expect([health.status, await health.json()]).toMatchObject([503, { checks: { database: 'down' } }]);
      await under.stack.postgres!.restart();

      const parked = await under.waitFor(job.id, 'needs_attention');
      expect(parked.failure?.code).toBe('database_unavailable');
      await until(async () => (await pendingSteps(job)).length === 0);
      const recovery = (await (await under.get(`/api/jobs/${job.id}/recovery`)).json()) as Recovery;
      expect(recovery.parked.length).toBeGreaterThan(0);
      // A window of them, not the whole file.
      expect(recovery.parked.length).toBeLessThanOrEqual(2);
      await under.expectInvariants();

      const retried = await under.send(`/api/jobs/${job.id}/retry`, { reason: 'the database is back' });
      expect(retried.status).toBe(200);
      expect(await under.waitFor(job.id, 'completed', 'needs_attention')).toMatchObject({
        status: 'completed',
        failure: null,
      });
      expect(await fingerprint(under, job)).toEqual(undisturbed);
      await under.expectInvariants();
    },
    180_000,
  );
});
