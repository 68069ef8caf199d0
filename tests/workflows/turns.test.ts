import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { failure } from '../support/fake-import.ts';
import { runImport, statusOf } from '../support/run-fake-import.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(() => temporal.stop());

const applied = (steps: readonly string[]): string[] => steps.filter((step) => step.startsWith('apply'));
const looks = (steps: readonly string[]): number => steps.filter((step) => step === 'take turn').length;

describe('a job that changes records', () => {
  test('waits for its turn, and goes on as soon as it is told', async () => {
    await runImport(temporal, { recordAs: 'import-waited-for-turn' }, async (handle, fake) => {
      fake.control.turnIsTaken = true;
      await until(() => fake.steps.includes('resolve'));
      await handle.signal('turn');
      await until(() => looks(fake.steps) === 1);
      expect(applied(fake.steps)).toEqual([]);
      fake.control.turnIsTaken = false;
      await handle.signal('turn');
      expect(await handle.result()).toMatchObject({ status: 'completed' });
      expect(applied(fake.steps).toSorted()).toEqual(['apply 1', 'apply 2', 'apply 3']);
    });
  });

  test('gives its turn up while it is paused, and takes it again', async () => {
    await runImport(
      temporal,
      {
        chunkCount: 4,
        recordAs: 'import-paused-in-turn',
        async onStep(step) {
          if (step.startsWith('apply')) await until(() => !isHeld);
        },
      },
      async (handle, fake) => {
        await until(() => fake.steps.includes('apply 2'));
        await handle.signal('pause');
        await until(() => fake.control.status === 'paused');
        expect(fake.control.hasTurn).toBe(true);
        isHeld = false;
        await until(() => fake.steps.includes('release turn'));
        expect(applied(fake.steps).toSorted()).toEqual(['apply 1', 'apply 2']);
        await until(() => !fake.control.hasTurn);
        await handle.signal('resume');
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(looks(fake.steps)).toBe(1);
        expect(new Set(applied(fake.steps)).size).toBe(4);
      },
    );
  });
  let isHeld = true;

  test('keeps its turn while other chunks than the parked one are left, and gives it up then', async () => {
    let isBroken = true;
    const onStep = (step: string): void => {
      if (step === 'apply 1' && isBroken) throw failure('database_error', true);
    };
    await runImport(
      temporal,
      { chunkCount: 5, onStep, recordAs: 'import-parked-in-turn' },
      async (handle, fake) => {
        await until(() => fake.steps.includes('release turn'));
        expect(applied(fake.steps)).toEqual(expect.arrayContaining(['apply 5']));
        isBroken = false;
        await handle.signal('retry');
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(looks(fake.steps)).toBe(1);
      },
    );
  });

  test('that lost its turn applies nothing until it has it again, and leaves no chunk out', async () => {
    let taken = false;
    const onStep = (step: string): void => {
      if (step === 'apply 2' && !taken) {
        taken = true;
        throw failure('turn_lost', true);
      }
    };
    await runImport(
      temporal,
      { chunkCount: 6, onStep, recordAs: 'import-lost-turn' },
      async (handle, fake) => {
        expect(await handle.result()).toMatchObject({ status: 'completed', counts: { created: 60 } });
        expect(fake.parked()).toEqual([]);
        expect(looks(fake.steps)).toBeGreaterThan(0);
        expect(new Set(applied(fake.steps)).size).toBe(6);
      },
    );
  });

  test('can be cancelled while it waits', async () => {
    await runImport(temporal, { recordAs: 'import-cancelled-out-of-turn' }, async (handle, fake) => {
      fake.control.turnIsTaken = true;
      await until(async () => fake.steps.includes('resolve') && (await statusOf(handle)) === 'processing');
      await handle.signal('cancel');
      expect(await handle.result()).toMatchObject({ status: 'cancelled' });
      expect(applied(fake.steps)).toEqual([]);
    });
  });

  test('goes on as a new run while it waits, before its history grows long', async () => {
    const input = { maxHistoryEvents: 60 };
    await runImport(
      temporal,
      { chunkCount: 3, input, recordAs: 'import-waited-long' },
      async (handle, fake) => {
        fake.control.turnIsTaken = true;
        await until(() => fake.steps.includes('resolve'));
        // Each look costs the history some events.
        await until(async () => {
          await handle.signal('turn');
          return looks(fake.steps) >= 10;
        });
        await until(async () => {
          let runs = 0;
          const query = `WorkflowId = '${handle.workflowId}'`;
          for await (const run of temporal.client.workflow.list({ query }))
            runs += run.historyLength > 0 ? 1 : 0;
          return runs > 1;
        });
        fake.control.turnIsTaken = false;
        // It looks by itself too, and may have ended by then.
        await temporal.client.workflow
          .getHandle(handle.workflowId)
          .signal('turn')
          .catch((error: unknown) => {
            if (!(error instanceof WorkflowNotFoundError)) throw error;
          });
        expect(await temporal.client.workflow.getHandle(handle.workflowId).result()).toMatchObject({
          status: 'completed',
        });
        expect(applied(fake.steps).toSorted()).toEqual(['apply 1', 'apply 2', 'apply 3']);
      },
    );
  });
});
