import { randomBytes } from 'node:crypto';
import proto from '@temporalio/proto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { runToEnd } from '../../scripts/stack/processes.ts';
import { resolveTemporalBinary } from '../../scripts/stack/temporal-binary.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

let under: StackUnderTest;

beforeAll(async () => {
  const env = { ENCRYPTION_KEYS: `one:${randomBytes(32).toString('base64')}` };
  under = await startStackUnderTest({ env });
});
afterAll(() => under.stop());

/** What the server keeps of a workflow, as it keeps it. */
async function keptHistory(workflowId: string): Promise<Buffer> {
  const { stack } = under;
  const client = createTemporalClient({
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: stack.temporalNamespace,
  });
  try {
    const { events = [] } = await client.workflow.getHandle(workflowId).fetchHistory();
    const encode = proto.temporal.api.history.v1.HistoryEvent.encode;
    return Buffer.concat((events ?? []).map((event) => encode(event).finish()));
  } finally {
    await client.connection.close();
  }
}

test('with ENCRYPTION_KEYS an import runs from end to end, and Temporal keeps no payload that it could read', async () => {
  const job = await under.post('sku,name,price\nA,Mug,1\nB,Cup,2\n');
  await under.waitFor(job.id, 'completed');
  const kept = await keptHistory(jobWorkflowId({ id: job.id, type: 'import' }));
  expect(kept.includes('binary/encrypted')).toBe(true);
  // What workflows of this project are given always begins so; search attributes are no payloads in that sense.
  expect(kept.includes('{"')).toBe(false);
  expect(kept.includes('retryDelaysMs')).toBe(false);
  await under.expectInvariants();
});

test('the temporal command line reads them by the codec server of the API, with a token and not without', async () => {
  const job = await under.post('sku,name,price\nC,Jug,1\n');
  await under.waitFor(job.id, 'completed');
  const program = await resolveTemporalBinary();
  const { stack, authorization } = under;
  const show = (...codec: string[]): Promise<{ code: number; output: string }> =>
    runToEnd(program, [
      ...['workflow', 'show', '--workflow-id', jobWorkflowId({ id: job.id, type: 'import' })],
      ...['--address', stack.temporalAddress, '--namespace', stack.temporalNamespace, '--output', 'json'],
      ...codec,
    ]);
  const encrypted = Buffer.from('binary/encrypted').toString('base64');
  expect((await show()).output).toContain(encrypted);
  const endpoint = ['--codec-endpoint', `${stack.apiUrl}/api/codec`];
  const decoded = await show(...endpoint, '--codec-auth', authorization);
  expect(decoded.code, decoded.output).toBe(0);
  expect(decoded.output).not.toContain(encrypted);
  const withoutToken = await show(...endpoint);
  expect(withoutToken.code !== 0 || withoutToken.output.includes(encrypted)).toBe(true);
});
