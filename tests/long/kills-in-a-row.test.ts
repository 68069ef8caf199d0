import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

let under: StackUnderTest;
beforeAll(async () => {
  under = await startStackUnderTest({ env: { IMPORT_RETRY_DELAYS_MS: '100,100,100' } });
}, 240_000);
afterAll(async () => {
  await under.stop();
});

test('five kills in a row of the worker that has a chunk do not park the chunk', async () => {
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
  await under.db.pool.query(
    `INSERT INTO products (sku, sku_key, name, price, last_change) VALUES ('a', 'a', 'before', 1, uuidv7())`,
  );
  // The chunk can't end while somebody holds the record that it changes.
  const holder = await under.db.pool.connect();
  await holder.query('SET idle_in_transaction_session_timeout = 0');
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM products WHERE sku_key = 'a' FOR UPDATE`);
  const job = await under.post('sku,name,price\na,after,2\n');
  const handle = temporal.workflow.getHandle(jobWorkflowId(job));
  let started = 0;
  for (let kills = 0; kills < 5; kills += 1) {
    let attemptStartedAt = 0;
    await until(async () => {
      const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
      attemptStartedAt =
        Number(pending?.lastStartedTime?.seconds ?? 0) * 1e9 + (pending?.lastStartedTime?.nanos ?? 0);
      return pending?.activityType?.name === 'applyChunk' && attemptStartedAt > started;
    });
    started = attemptStartedAt;
    await under.kill('apply');
  }
  await holder.query('COMMIT');
  holder.release();
  expect(await under.waitFor(job.id, 'completed', 'needs_attention', 'failed')).toMatchObject({
    status: 'completed',
    counts: { updated: 1 },
  });
  await temporal.connection.close();
  await under.expectInvariants();
}, 300_000);
