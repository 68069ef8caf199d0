import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/stack/ports.ts';
import { ensureNamespace, waitForTemporal } from '../../scripts/stack/temporal-namespace.ts';
import {
  readNamespace,
  registerSearchAttributes,
  startTemporalServer,
  type TemporalServer,
} from '../../scripts/stack/temporal-server.ts';

const SECONDS_PER_DAY = 24 * 60 * 60;

let server: TemporalServer;
let connection: Connection;

beforeAll(async () => {
  server = await startTemporalServer({ headless: true });
  connection = await Connection.connect({ address: server.address });
});

afterAll(async () => {
  await connection.close();
  await server.stop();
});

async function setRetention(namespace: string, days: number): Promise<void> {
  await connection.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: (days * SECONDS_PER_DAY) as never } },
  });
}

describe('setting up a Temporal server', () => {
  test('registers the namespace and the search attributes, and does nothing the second time', async () => {
    const { retentionDays } = await readNamespace();
    expect(await ensureNamespace(server.address, 'shop')).toEqual({ outcome: 'registered', retentionDays });
    expect(await registerSearchAttributes(server.address, 'shop')).toContain('LongshoreStatus');
    expect(await ensureNamespace(server.address, 'shop')).toEqual({ outcome: 'unchanged', retentionDays });
    expect(await registerSearchAttributes(server.address, 'shop')).toEqual([]);
  });

  test('two set-ups at once both end well', async () => {
    const states = await Promise.all([
      ensureNamespace(server.address, 'twice'),
      ensureNamespace(server.address, 'twice'),
    ]);
    expect(states.map(({ retentionDays }) => retentionDays)).toEqual([30, 30]);
  });

  test('raises a retention that is too short, and leaves a longer one', async () => {
    const { retentionDays } = await readNamespace();
    await ensureNamespace(server.address, 'kept');
    await setRetention('kept', 1);
    expect(await ensureNamespace(server.address, 'kept')).toEqual({
      outcome: 'retention-raised',
      retentionDays,
    });
    await setRetention('kept', 90);
    expect(await ensureNamespace(server.address, 'kept')).toEqual({
      outcome: 'unchanged',
      retentionDays: 90,
    });
  });

  test('a server that is not there is named once the wait is over', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    await expect(waitForTemporal(address, 1_000)).rejects.toThrow(
      `the Temporal server ${address} (TEMPORAL_ADDRESS) did not answer within 1 s`,
    );
  });

  test('a server that comes up meanwhile is waited for', async () => {
    const port = await freePort();
    const waiting = waitForTemporal(`127.0.0.1:${String(port)}`, 60_000);
    const late = await startTemporalServer({ headless: true, port });
    await waiting;
    await late.stop();
  });
});
