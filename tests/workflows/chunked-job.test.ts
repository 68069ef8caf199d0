import { CancelledFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../support/fake-import.ts';
import { runImport, statusOf } from '../support/run-fake-import.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let temporal: TestTemporal;

beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

describe('an import', () => {
  test('stages every chunk before it applies the first, two at a time', async () => {
    await runImport(
      temporal,
      { chunkCount: 5, recordAs: 'import-completed' },
      async (handle, { steps, mostAtOnce }) => {
        expect(await handle.result()).toMatchObject({ status: 'completed', counts: { total: 50 } });
        const sorted = (from: number, to: number) => steps.slice(from, to).sort();
        expect(steps[0]).toBe('read');
        expect(sorted(1, 6)).toEqual(['stage 1', 'stage 2', 'stage 3', 'stage 4', 'stage 5']);
        expect(steps.slice(6, 8)).toEqual(['settle', 'resolve']);
        expect(sorted(8, 13)).toEqual(['apply 1', 'apply 2', 'apply 3', 'apply 4', 'apply 5']);
        expect(steps[13]).toBe('finish');
        expect(mostAtOnce()).toBeLessThanOrEqual(2);
        expect(await statusOf(handle)).toBe('completed');
      },
    );
  });

  test('stages its chunks once more when together they say that some were read wrongly', async () => {
    await runImport(
      temporal,
      { chunkCount: 2, stageAgain: 1, recordAs: 'import-staged-again' },
      async (handle, { steps }) => {
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(steps.filter((step) => !/stage|apply/.test(step))).toEqual([
          ...['read', 'settle', 'settle', 'resolve', 'finish'],
        ]);
        const firstSettle = steps.indexOf('settle');
        expect(steps.slice(0, firstSettle).sort()).toEqual(['read', 'stage 1', 'stage 2']);
        expect(steps.filter((step) => step.startsWith('stage'))).toHaveLength(4);
      },
    );
  });

  test('ends without applying anything when its file can not be read', async () => {
    await runImport(
      temporal,
      { readable: false, recordAs: 'import-unreadable' },
      async (handle, { steps }) => {
        expect(await handle.result()).toEqual({
          status: 'failed',
          failureCode: 'malformed_csv',
          counts: null,
        });
        expect(steps).toEqual(['read', 'finish']);
      },
    );
  });

  test('retries a transient error as often as it has delays, and heals', async () => {
    const onStep = (step: string, attempt: number): void => {
      if (step === 'apply 2' && attempt <= 3) throw failure('database_conflict');
    };
    await runImport(temporal, { onStep }, async (handle, { steps, parked }) => {
      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(steps.filter((step) => step === 'apply 2')).toHaveLength(4);
      expect(parked()).toEqual([]);
    });
  });

  test('parks a chunk that retries do not heal, applies the others, and goes on when told to', async () => {
    let healed = false;
    const onStep = (step: string): void => {
      if (step === 'apply 1' && !healed) throw failure('database_conflict');
    };
    await runImport(
      temporal,
      { chunkCount: 4, onStep, recordAs: 'import-parked-and-retried' },
      async (handle, fake) => {
        await until(
          async () => (await statusOf(handle)) === 'needs_attention' && fake.steps.includes('apply 4'),
        );
        expect(fake.parked()).toEqual([['applying 1', 'database_conflict']]);
        expect(fake.steps).not.toContain('finish');
        healed = true;
        await handle.signal('retry');
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(fake.parked()).toEqual([]);
      },
    );
  });

  test('parks a part that is not a chunk, and parks it again when a retry does not help', async () => {
    let retries = 0;
    const onStep = (step: string): void => {
      if (step === 'resolve' && retries < 2) throw failure('database_error', true);
    };
    await runImport(temporal, { onStep }, async (handle, fake) => {
      for (; retries < 2;) {
        await until(
          () =>
            fake.steps.filter((step) => step === 'resolve').length === retries + 1 &&
            fake.parked().length === 1,
        );
        retries += 1;
        await handle.signal('retry');
      }
      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(fake.steps.filter((step) => step === 'resolve')).toHaveLength(3);
    });
  });

  test('does not lose a retry that comes before the part is parked', async () => {
    let healed = false;
    let handleOf: WorkflowHandle | undefined;
    const onStep = async (step: string): Promise<void> => {
      if (step !== 'stage 1' || healed) return;
      await until(() => handleOf !== undefined);
      await handleOf?.signal('retry', { by: 'an early bird' });
      healed = true;
      throw failure('data_refused', true);
    };
    await runImport(temporal, { onStep }, async (handle, { steps }) => {
      handleOf = handle;
      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(steps.filter((step) => step === 'stage 1')).toHaveLength(2);
    });
  });

  test('starts no further chunk during an outage, so that it parks a window and not the whole file', async () => {
    let away = true;
    const onStep = (step: string): void => {
      if (step.startsWith('apply') && away) throw failure('database_unavailable');
    };
    await runImport(
      temporal,
      { chunkCount: 10, onStep, recordAs: 'import-outage' },
      async (handle, { steps, parked }) => {
        await until(async () => (await statusOf(handle)) === 'needs_attention' && parked().length === 2);
        expect(new Set(steps.filter((step) => step.startsWith('apply')))).toEqual(
          new Set(['apply 1', 'apply 2']),
        );
        away = false;
        await handle.signal('retry');
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(steps).toContain('apply 10');
      },
    );
  });

  test('survives workers that stop answering in the middle of a chunk, without parking it', async () => {
    const onStep = async (step: string, attempt: number): Promise<void> => {
      if (step !== 'stage 2' || attempt > 2) return;
      // As a killed worker: no heartbeat and no answer, until the server tells that the attempt is over.
      const { cancelled } = Context.current();
      await cancelled.catch((error: unknown) => {
        if (!(error instanceof CancelledFailure)) throw error;
      });
    };
    await runImport(temporal, { onStep }, async (handle, { steps, parked }) => {
      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(steps.filter((step) => step === 'stage 2').length).toBeGreaterThan(2);
      expect(parked()).toEqual([]);
    });
  });

  test('goes on as a new run before its history grows long, and does no chunk twice', async () => {
    const input = { maxHistoryEvents: 60 };
    await runImport(
      temporal,
      { chunkCount: 20, input, recordAs: 'import-continued-as-new' },
      async (handle, { steps }) => {
        expect(await handle.result()).toMatchObject({ status: 'completed', counts: { total: 200 } });
        expect(new Set(steps).size).toBe(steps.length);
        expect(steps).toHaveLength(44);
        const runs: number[] = [];
        for await (const run of temporal.client.workflow.list({
          query: `WorkflowId = '${handle.workflowId}'`,
        })) {
          runs.push(run.historyLength);
        }
        expect(runs.length).toBeGreaterThan(2);
        expect(Math.max(...runs)).toBeLessThan(90);
      },
    );
  });
});
