import type { Job } from '../../contracts/http/job.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { isEnded, type OutcomeCounts } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { showCounts } from '../../domain/outcome-counts.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';

/** Where workflows can be looked at. */
export interface WorkflowLinks {
  TEMPORAL_UI_URL?: string | undefined;
  TEMPORAL_NAMESPACE: string;
}

/** A job as the API shows it. */
export function viewJob(job: JobSnapshot, workflows: WorkflowLinks): Job {
  const self = `/api/jobs/${job.id}`;
  const workflow = viewWorkflow(jobWorkflowId(job), workflows);
  return {
    id: job.id,
    type: job.type,
    kind: job.kind,
    status: job.status,
    stage: job.stage,
    filename: job.filename,
    sizeBytes: job.sizeBytes,
    sha256: job.sha256,
    options: job.type === 'import' ? job.options : null,
    counts: { ...showCounts(job.type, job.counts), total: job.counts?.total ?? null },
    orders: makesOrders(job) ? job.orders : null,
    percent: percentOf(job),
    rowsPerSecond: rowsPerSecondOf(job),
    etaSeconds: etaSecondsOf(job),
    waitingFor: job.waitingFor,
    createdBy: job.createdBy,
    createdAt: job.createdAt.toISOString(),
    startedAt: job.startedAt?.toISOString() ?? null,
    finishedAt: job.finishedAt?.toISOString() ?? null,
    failure: job.failure,
    targetJobId: job.targetJobId,
    expired: job.expired,
    undoneBy: job.undoneBy,
    revision: job.revision,
    earlierImport: job.earlierImport && {
      jobId: job.earlierImport.jobId,
      finishedAt: job.earlierImport.finishedAt.toISOString(),
    },
    workflow,
    links: {
      self,
      stream: `${self}/stream`,
      chunks: `${self}/chunks`,
      rows: `${self}/rows`,
      ...(job.type === 'import'
        ? {
            errors: `${self}/errors.csv`,
            unprocessed: `${self}/unprocessed.csv`,
            reading: `${self}/reading`,
          }
        : {}),
      ...(workflow.url === null ? {} : { workflow: workflow.url }),
    },
  };
}

function makesOrders({ type, kind, options }: JobSnapshot): boolean {
  return type === 'import' && IMPORTABLE[kind].applies === 'orders' && !options.dryRun;
}

/** A workflow and where it can be looked at. */
export function viewWorkflow(
  id: string,
  { TEMPORAL_UI_URL, TEMPORAL_NAMESPACE }: WorkflowLinks,
): Job['workflow'] {
  if (TEMPORAL_UI_URL === undefined) return { id, url: null };
  const base = TEMPORAL_UI_URL.replace(/\/+$/, '');
  return {
    id,
    url: `${base}/namespaces/${encodeURIComponent(TEMPORAL_NAMESPACE)}/workflows/${encodeURIComponent(id)}`,
  };
}

/** Share of the rows that are done. Rounded down to one decimal: what is not all done must not look so. */
export function percentOf({ counts, status }: JobSnapshot): number | null {
  if (counts === null) return null;
  if (counts.pending === 0) return isEnded(status) ? 100 : Math.min(99.9, shareOf(counts));
  return shareOf(counts);
}

function shareOf({ total, pending }: OutcomeCounts): number {
  return total === 0 ? 0 : Math.floor(((total - pending) * 1_000) / total) / 10;
}

function rowsPerSecondOf({ counts, startedAt, finishedAt, observedAt }: JobSnapshot): number | null {
  if (counts === null || startedAt === null) return null;
  const seconds = secondsBetween(startedAt, finishedAt ?? observedAt);
  if (seconds <= 0) return null;
  return Math.round(((counts.total - counts.pending) / seconds) * 10) / 10;
}

/** By the speed of the applying stage alone: the stages before it say nothing about the time that is left. */
function etaSecondsOf({ counts, status, stage, stageStartedAt, observedAt }: JobSnapshot): number | null {
  if (counts === null || status !== 'processing' || stage !== 'applying' || stageStartedAt === null)
    return null;
  const applied = counts.total - counts.pending - counts.rejected;
  const seconds = secondsBetween(stageStartedAt, observedAt);
  if (applied <= 0 || seconds <= 0) return null;
  return Math.ceil((counts.pending * seconds) / applied);
}

function secondsBetween(start: Date, end: Date): number {
  return (end.getTime() - start.getTime()) / 1_000;
}
