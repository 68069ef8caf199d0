import { WorkflowNotFoundError } from '@temporalio/client';
import { originalKeyOf } from '../../adapters/storage/derived-key.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { type AcceptedJob, listAcceptedJobs } from '../../prisma/repositories/invariants.ts';
import { type Evidence, type Invariant, settled, storedFiles } from './invariant.ts';

const ENDED = ['completed', 'failed', 'cancelled'];
/** A job whose workflow was closed from outside can be cancelled or given up without it. */
const ENDED_BY_OPERATOR = ['failed', 'cancelled'];

export const noLostImport: Invariant = {
  id: 'I1',
  rule: 'Each accepted import has one job, one workflow and one file, and ends or is parked in sight of an operator.',
  check: settled(async (evidence) => {
    const jobs = await listAcceptedJobs(evidence.db.pool);
    const broken: string[] = [];
    for (const job of jobs) broken.push(...(await checkWorkflow(evidence, job)));
    return [...broken, ...(await checkFiles(evidence, jobs))];
  }),
};

async function checkWorkflow({ temporal }: Evidence, job: AcceptedJob): Promise<string[]> {
  const { id, status, isWorkflowClosed } = job;
  const workflowId = jobWorkflowId(job);
  try {
    const { status: workflow } = await temporal.workflow.getHandle(workflowId).describe();
    const closed = workflow.name !== 'RUNNING';
    const ended = ENDED.includes(status);
    // Closed from outside: an operator sees it.
    if (isWorkflowClosed && closed) return [];
    if (closed === ended && (!closed || workflow.name === 'COMPLETED' || ENDED_BY_OPERATOR.includes(status)))
      return [];
    return [`job ${id} is ${status}, its workflow is ${workflow.name}`];
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // Ended without one, or deleted from outside and seen to be.
    if (isWorkflowClosed || ENDED.includes(status)) return [];
    return [`job ${id} is ${status} and has no workflow`];
  }
}

async function checkFiles({ storage }: Evidence, jobs: AcceptedJob[]): Promise<string[]> {
  const owned = new Set(jobs.map(({ storageKey }) => storageKey));
  const stored = new Set(await storedFiles(storage));
  return [
    ...[...stored]
      .filter((key) => !owned.has(originalKeyOf(key)))
      .map((key) => `file ${key} belongs to no job`),
    ...jobs
      // One that was kept for its time is gone, or about to go.
      .filter(({ fileRemovedAt }) => fileRemovedAt === null)
      .filter(({ storageKey }) => storageKey !== null && !stored.has(storageKey))
      .map(({ id }) => `the file of job ${id} is gone`),
  ];
}
