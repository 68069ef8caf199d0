import type { WorkflowHandle } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOOK_SIGNAL } from '../../contracts/temporal/messages.ts';
import type { JobVerb } from '../../contracts/words.ts';
import { type createFakeImport, failure } from '../support/fake-import.ts';
import { runImport, statusOf } from '../support/run-fake-import.ts';
import { startTestTemporal, type TestTemporal } from '../support/temporal.ts';
import { until } from '../support/until.ts';

type Fake = ReturnType<typeof createFakeImport>;

let temporal: TestTemporal;

beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

/** Holds a step until it is let go. */
function gate(step: string) {
  let open = false;
  return {
    onStep: async (name: string): Promise<void> => {
      if (name === step) await until(() => open);
    },
    open: () => {
      open = true;
    },
  };
}

const applied = ({ steps }: Fake): string[] => steps.filter((step) => step.startsWith('apply'));
const actions = (fake: Fake): JobVerb[] => fake.audit().map(({ action }) => action);
const refusing =
  (...names: string[]) =>
  (step: string): void => {
    if (names.includes(step)) throw failure('database_error', true);
  };

/** Resets a workflow as the temporal CLI does: from its first task, signals and updates brought again. */
async function reset(handle: WorkflowHandle): Promise<void> {
  const { events } = await handle.fetchHistory();
  const first = events?.find(
    ({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes != null,
  );
  await temporal.client.workflowService.resetWorkflowExecution({
    namespace: temporal.server.namespace,
    workflowExecution: { workflowId: handle.workflowId },
    workflowTaskFinishEventId: first?.eventId ?? null,
    requestId: uuidv7(),
  });
}

describe('a parked import', () => {
  test.each([
    ['stage 2', 'staging 2'],
    ['resolve', 'resolving'],
    ['apply 2', 'applying 2'],
  ])('goes on when a worker that had been given up has done %s after all', async (step, part) => {
    let isRefused = true;
    await runImport(
      temporal,
      {
        onStep: (name) => {
          if (name === step && isRefused) throw failure('timed_out', true);
        },
        ...(part === 'applying 2' ? { recordAs: 'import-done-after-all' } : {}),
      },
      async (handle, fake) => {
        await until(async () => (await statusOf(handle)) === 'needs_attention');
        isRefused = false;
        fake.settle(part);
        await handle.signal(LOOK_SIGNAL);
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(actions(fake)).toEqual([]);
      },
    );
  });

  test('stays parked when it is told to look and nothing was done', async () => {
    await runImport(temporal, { onStep: refusing('apply 2') }, async (handle, fake) => {
      await until(async () => (await statusOf(handle)) === 'needs_attention');
      const looks = (): number => fake.steps.filter((step) => step === 'release turn').length;
      const before = looks();
      await handle.signal(LOOK_SIGNAL);
      await until(() => looks() > before);
      expect(await statusOf(handle)).toBe('needs_attention');
      await handle.signal('abandon');
      expect(await handle.result()).toMatchObject({ status: 'failed' });
    });
  });
});

describe('a paused import', () => {
  test('starts no chunk, ends the one under way, and goes on where it was when resumed', async () => {
    const { onStep, open } = gate('apply 2');
    await runImport(
      temporal,
      { chunkCount: 6, onStep, recordAs: 'import-paused-and-resumed' },
      async (handle, fake) => {
        await until(() => fake.steps.includes('apply 2'));
        await handle.signal('pause', { by: 'ada', reason: 'month end' });
        await until(async () => (await statusOf(handle)) === 'paused');
        const before = applied(fake).length;
        open();
        await until(async () => (await handle.describe()).raw.pendingActivities?.length === 0);
        expect(applied(fake)).toHaveLength(before);
        await handle.signal('pause');
        await handle.signal('resume');
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(applied(fake)).toHaveLength(6);
        expect(actions(fake)).toEqual(['pause', 'resume']);
        expect(fake.audit()[0]).toMatchObject({ by: 'ada', reason: 'month end' });
      },
    );
  });

  test('stays paused when it goes on as a new run, and can be cancelled', async () => {
    await runImport(
      temporal,
      {
        chunkCount: 20,
        input: { maxHistoryEvents: 60 },
        onStep: async (step) => {
          if (step === 'apply 4') await until(() => paused);
        },
      },
      async (handle, fake) => {
        await until(() => fake.steps.includes('apply 4'));
        await handle.signal('pause');
        await until(() => fake.control.status === 'paused');
        paused = true;
        // Given up once nothing is under way.
        await until(() => fake.steps.includes('release turn') && !fake.control.hasTurn);
        const before = applied(fake).length;
        await handle.signal('cancel');
        expect(await handle.result()).toMatchObject({ status: 'cancelled' });
        expect(applied(fake).length).toBe(before);
      },
    );
  });
  let paused = false;
});

describe('a cancelled import', () => {
  test.each([
    ['by the verb', (handle: WorkflowHandle) => handle.signal('cancel'), 'import-cancelled'],
    ['from outside', (handle: WorkflowHandle) => handle.cancel(), 'import-cancelled-from-outside'],
  ] as const)('%s ends what is under way and nothing more', async (_how, cancel, recordAs) => {
    const { onStep, open } = gate('apply 2');
    await runImport(temporal, { chunkCount: 9, onStep, recordAs }, async (handle, fake) => {
      await until(() => fake.steps.includes('apply 2'));
      await cancel(handle);
      await until(() => fake.control.endingAs === 'cancelled');
      const before = applied(fake).length;
      open();
      expect(await handle.result()).toMatchObject({ status: 'cancelled' });
      // At most the one that was started before the workflow heard of it.
      expect(applied(fake).length).toBeLessThanOrEqual(before + 1);
      expect(actions(fake)).toEqual(['cancel']);
      expect(await statusOf(handle)).toBe('cancelled');
      expect((await handle.describe()).status.name).toBe('COMPLETED');
    });
  });

  test('does not stage or apply anything when it is cancelled while its file is read', async () => {
    const { onStep, open } = gate('read');
    await runImport(temporal, { onStep }, async (handle, fake) => {
      await until(() => fake.steps.includes('read'));
      await Promise.all([handle.signal('cancel'), handle.signal('cancel'), handle.cancel()]);
      await until(() => fake.verbs.length === 3);
      open();
      expect(await handle.result()).toMatchObject({ status: 'cancelled' });
      expect(fake.steps).toEqual(['read', 'finish']);
      expect(actions(fake)).toEqual(['cancel']);
    });
  });
});

describe('a parked part', () => {
  test('is passed over by skip, and the import completes', async () => {
    await runImport(
      temporal,
      { chunkCount: 3, onStep: refusing('apply 2'), recordAs: 'import-skipped' },
      async (handle, fake) => {
        await until(() => fake.parked().length === 1);
        await Promise.all([handle.signal('skip'), handle.signal('skip')]);
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(actions(fake)).toEqual(['skip']);
        expect(fake.steps.filter((step) => step === 'apply 2')).toHaveLength(1);
      },
    );
  });

  test('of several is retried, skipped and abandoned by its name, and the job ends as failed', async () => {
    let healed = false;
    const refuse = refusing('apply 1', 'apply 3', 'apply 4');
    const onStep = (step: string): void => {
      if (!healed) refuse(step);
    };
    await runImport(
      temporal,
      { chunkCount: 5, onStep, recordAs: 'import-parts-by-name' },
      async (handle, fake) => {
        await until(() => fake.parked().length === 3 && fake.steps.includes('apply 5'));
        healed = true;
        await handle.signal('retry', { part: 'applying 3' });
        await until(() => fake.steps.filter((step) => step === 'apply 3').length === 2);
        expect(fake.parked().map(([name]) => name)).toEqual(['applying 1', 'applying 4']);
        await handle.signal('skip', { part: 'applying 1' });
        await handle.signal('abandon', { part: 'applying 4' });
        expect(await handle.result()).toMatchObject({ status: 'failed', failureCode: 'abandoned' });
        expect(actions(fake)).toEqual(['retry', 'skip', 'abandon']);
        expect(applied(fake)).toHaveLength(6);
      },
    );
  });

  test('ends the job at once when all is abandoned', async () => {
    await runImport(
      temporal,
      { chunkCount: 3, onStep: refusing('resolve'), recordAs: 'import-abandoned' },
      async (handle, fake) => {
        await until(() => fake.parked().length === 1);
        await handle.signal('skip');
        await handle.signal('abandon', { reason: 'wrong file' });
        expect(await handle.result()).toMatchObject({ status: 'failed', failureCode: 'abandoned' });
        // A stage that is one piece can not be skipped.
        expect(actions(fake)).toEqual(['abandon']);
        expect(applied(fake)).toEqual([]);
      },
    );
  });

  test('is met by a skip that came before it was parked, and by no other part', async () => {
    const { onStep, open } = gate('apply 1');
    await runImport(
      temporal,
      {
        chunkCount: 4,
        onStep: async (step) => {
          await onStep(step);
          refusing('apply 1', 'apply 3')(step);
        },
      },
      async (handle, fake) => {
        await until(() => fake.steps.includes('apply 1'));
        await handle.signal('skip', { part: 'applying 3' });
        await until(() => fake.verbs.length > 0);
        open();
        await until(() => fake.audit().length === 1 && fake.parked().length === 1);
        expect(fake.parked()).toEqual([['applying 1', 'database_error']]);
        await handle.signal('skip', { part: 'applying 1' });
        expect(await handle.result()).toMatchObject({ status: 'completed' });
        expect(actions(fake)).toEqual(['skip', 'skip']);
      },
    );
  });
});

describe('a workflow that is reset', () => {
  test('does what it had been told once only, whether the verbs had ids or not', async () => {
    let healed = false;
    const onStep = (step: string): void => {
      if (step === 'apply 2' && !healed) throw failure('database_error', true);
    };
    await runImport(temporal, { chunkCount: 3, onStep }, async (handle, fake) => {
      await until(() => fake.parked().length === 1);
      await handle.signal('pause');
      await handle.signal('resume', { id: uuidv7() });
      healed = true;
      await handle.signal('retry');
      await handle.result();
      expect(actions(fake)).toEqual(['pause', 'resume', 'retry']);
      const before = fake.verbs.length;
      await reset(handle);
      const again = temporal.client.workflow.getHandle(handle.workflowId);
      expect(await again.result()).toMatchObject({ status: 'completed' });
      expect(fake.verbs).toHaveLength(2 * before);
      expect(actions(fake)).toEqual(['pause', 'resume', 'retry']);
    });
  });

  test('stays parked when it was parked, and still hears its operator', async () => {
    let healed = false;
    const onStep = (step: string): void => {
      if (step === 'apply 2' && !healed) throw failure('database_error', true);
    };
    await runImport(temporal, { chunkCount: 3, onStep, recordAs: 'import-reset' }, async (handle, fake) => {
      await until(() => fake.parked().length === 1 && fake.steps.includes('apply 3'));
      await reset(handle);
      const again = temporal.client.workflow.getHandle(handle.workflowId);
      // Parked again, not still: what the first run left looks the same.
      await until(async () => {
        const { raw } = await again.describe();
        const isIdle = (raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null;
        return isIdle && fake.steps.filter((step) => step === 'apply 2').length === 2;
      });
      expect(fake.parked()).toHaveLength(1);
      healed = true;
      await again.signal('retry');
      expect(await again.result()).toMatchObject({ status: 'completed' });
    });
  });
});

test('nothing that a signal may bring does any harm', async () => {
  const { onStep, open } = gate('apply 1');
  await runImport(temporal, { onStep }, async (handle, fake) => {
    await until(() => fake.steps.includes('apply 1'));
    for (const payload of [undefined, null, 7, 'x', [], { part: 3, by: {}, id: [] }, { part: 'nonsense' }]) {
      await handle.signal('retry', payload);
    }
    await until(() => fake.verbs.length === 7);
    open();
    expect(await handle.result()).toMatchObject({ status: 'completed' });
    expect(actions(fake)).toEqual([]);
  });
});
