import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { expect } from 'vitest';
import type { ChunkedJobInput } from '../../contracts/temporal/chunked-job.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { STATUS_ATTRIBUTE } from '../../contracts/temporal/search-attributes.ts';
import { createFakeImport, type FakeImportOptions } from './fake-import.ts';
import { recordHistory } from './histories.ts';
import { type TestTemporal, workflowBundle } from './temporal.ts';

let jobs = 0;

/** Runs a fake import with workers of its own, and replays every run of it afterwards. */
export async function runImport<T>(
  temporal: TestTemporal,
  options: FakeImportOptions & { recordAs?: string; input?: Partial<ChunkedJobInput> },
  use: (handle: WorkflowHandle, fake: ReturnType<typeof createFakeImport>) => Promise<T>,
): Promise<T> {
  jobs += 1;
  const jobId = `fake-${String(process.pid)}-${String(jobs)}`;
  const fake = createFakeImport(options);
  const workers = await Promise.all([
    temporal.createWorker({ taskQueue: TASK_QUEUES.workflows, workflowBundle: await workflowBundle() }),
    temporal.createWorker({ taskQueue: TASK_QUEUES.parse, activities: fake.parse }),
    temporal.createWorker({ taskQueue: TASK_QUEUES.apply, activities: fake.apply }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  try {
    const input: ChunkedJobInput = {
      jobId,
      retryDelaysMs: [10, 10, 10],
      maxHistoryEvents: 3_500,
      ...options.input,
    };
    const handle = await temporal.client.workflow.start('ImportWorkflow', {
      workflowId: jobWorkflowId({ id: jobId, type: 'import' }),
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
    });
    const result = await use(handle, fake);
    const replayed = temporal.client.workflow
      .list({ query: `WorkflowId = '${handle.workflowId}'` })
      .intoHistories();
    for await (const replay of Worker.runReplayHistories(
      { workflowBundle: await workflowBundle() },
      replayed,
    )) {
      expect(replay.error).toBeUndefined();
    }
    if (options.recordAs !== undefined) await recordHistory(options.recordAs, handle);
    return result;
  } finally {
    for (const worker of workers) worker.shutdown();
    await ended;
  }
}

/** The status that the workflow shows. */
export async function statusOf(handle: WorkflowHandle): Promise<unknown> {
  return (await handle.describe()).typedSearchAttributes.get(STATUS_ATTRIBUTE);
}
