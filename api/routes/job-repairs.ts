import { type z } from 'zod';
import {
  jobExample,
  jobParamsSchema,
  jobSchema,
  requestedJobSchema,
  verbBodySchema,
} from '../../contracts/http/job.ts';
import { repairRowSchema, rowExample, rowParamsSchema, rowSchema } from '../../contracts/http/row.ts';
import { isEnded } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { repairRow } from '../../domain/repair-row.ts';
import { inTransaction } from '../../prisma/client.ts';
import { isRecorded, recordAction } from '../../prisma/repositories/audit.ts';
import { getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { startPoint } from '../../prisma/repositories/job-start.ts';
import { listJobRows } from '../../prisma/repositories/job-rows.ts';
import { findJobFile, type JobSnapshot, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { getRowToRepair, reopenForRepairs, saveRepairedRow } from '../../prisma/repositories/repairs.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewJob } from '../views/job-view.ts';
import { viewRow } from '../views/row-view.ts';
import { NEEDED_TO_REOPEN, refuseExpired } from './expired.ts';
import { actorOf, found, waitForJob, wrongState } from './shared.ts';

const repairJobRow = declareRoute({
  method: 'patch',
  path: '/api/jobs/:id/rows/:row',
  operationId: 'repairJobRow',
  summary: 'Repair a rejected row',
  description:
    'Gives cells of a rejected row new values, which are held against the same rules as those of the file. The row goes in with ' +
    '`retry-rejected`.',
  tag: 'jobs',
  access: 'operator',
  params: rowParamsSchema,
  body: repairRowSchema,
  responses: {
    200: {
      description: 'The row is good now; it is `rejected`, without errors, until the job is retried.',
      schema: rowSchema,
      example: { ...rowExample, errors: [] },
    },
  },
  problems: ['wrong-state', 'expired'],
});

const retryRejected = declareRoute({
  method: 'post',
  path: '/api/jobs/:id/retry-rejected',
  operationId: 'retryRejectedRows',
  summary: 'Apply the repaired rows of a job',
  description:
    'Opens the job again for the rejected rows that have been repaired. Their keys compete with those of the other rows as the ' +
    'job says; what has been applied stays.',
  tag: 'jobs',
  access: 'operator',
  params: jobParamsSchema,
  body: verbBodySchema,
  responses: {
    200: { description: 'The repaired rows are at work.', schema: jobSchema, example: jobExample },
    202: {
      description: 'Asked for, but not yet begun after 5 s: no worker is there.',
      schema: requestedJobSchema,
      example: { ...jobExample, status: 'pending', requested: true },
    },
  },
  problems: ['wrong-state', 'expired'],
});

/** Rejected rows, repaired through the API instead of in a spreadsheet. */
export function mountJobRepairs(router: ApiRouter, deps: AppDeps): void {
  const {
    config,
    database: { pool },
    watch,
    workflows,
  } = deps;

  mountRoute(
    router,
    repairJobRow,
  )(async ({ params, body, principal, request }) => {
    const snapshot = found(await readJobSnapshot(pool, params.id));
    const kind = IMPORTABLE[snapshot.kind];
    refuseUnlessRepairable(snapshot);
    await inTransaction(pool, async (client) => {
      const job = await getImportJob(client, params.id, true);
      // What was looked at before can have changed: only under the lock does it stay.
      const current = found(await readJobSnapshot(client, params.id));
      refuseUnlessRepairable(current);
      await refuseExpired(client, job.id, ...NEEDED_TO_REOPEN);
      const state = await getRowToRepair(client, job.number, params.row);
      if (!state.found) throw new HttpProblem('not-found', 'The job has no such row.');
      if (state.outcome !== 'rejected') {
        const detail = `Only a rejected row can be repaired; this one is ${state.outcome}.`;
        throw wrongState(detail, current.status);
      }
      if (state.row.isErased) throw new HttpProblem('expired', 'What this row said was erased.');
      const values = toTexts(
        body.values,
        kind.columns.map(({ name }) => name),
      );
      const repaired = repairRow({ kind, options: job.options, values, ...state.row });
      if (repaired.errors.length > 0) {
        throw new HttpProblem('invalid', 'The row still breaks a rule.', {
          errors: repaired.errors.map(({ column, code, message }) => ({
            pointer: column === null ? '#/values' : `#/values/${column}`,
            code,
            detail: message,
          })),
        });
      }
      await saveRepairedRow(client, job.number, params.row, repaired);
      const { by, ...actor } = actorOf(principal, request);
      // The log is kept for ever: what a person's row said is not for it.
      const viewCells = (cells: readonly (string | null)[] | null): object =>
        kind.personColumn !== null
          ? { columns: Object.keys(values) }
          : {
              values: Object.fromEntries(
                kind.columns.map(({ name }, index) => [name, cells?.[index] ?? null]),
              ),
            };
      await recordAction(client, {
        ...actor,
        actor: by,
        action: 'repair-row',
        jobId: job.id,
        part: `row ${String(params.row)}`,
        before: viewCells(state.row.cells),
        after: viewCells(repaired.cells),
      });
    });
    const { number } = found(await findJobFile(pool, params.id));
    const [row] = await listJobRows(pool, number, { after: params.row - 1, limit: 1 });
    if (row === undefined) throw new HttpProblem('not-found', 'The job has no such row.');
    return { status: 200, body: viewRow(row, kind, null) };
  });

  mountRoute(
    router,
    retryRejected,
  )(async ({ params, body, principal, request }) => {
    const job = found(await readJobSnapshot(pool, params.id));
    if (job.status === 'pending' || job.status === 'processing') {
      return { status: 200, body: viewJob(job, config) };
    }
    refuseUnlessRepairable(job);
    const rows = await inTransaction(pool, async (client) => {
      const locked = await getImportJob(client, params.id, true);
      await refuseExpired(client, params.id, ...NEEDED_TO_REOPEN);
      const current = found(await readJobSnapshot(client, params.id));
      // Somebody else was quicker: that is where this leads to.
      if (!isEnded(current.status) || (body?.id !== undefined && (await isRecorded(client, body.id))))
        return 1;
      refuseUnlessRepairable(current);
      const reopened = await reopenForRepairs(client, locked, IMPORTABLE[locked.kind]);
      if (reopened > 0) {
        const { by, ...actor } = actorOf(principal, request, body);
        await recordAction(client, {
          ...actor,
          actor: by,
          action: 'retry-rejected',
          jobId: job.id,
          before: { status: current.status },
          after: { status: 'pending', rows: reopened },
        });
      }
      return reopened;
    });
    if (rows === 0) {
      const detail = 'No rejected row of this job has been repaired yet.';
      throw wrongState(detail, job.status);
    }
    const from = await startPoint(pool, job.id);
    if (from !== null) await workflows.startJob({ ...job, from });
    const begun = await waitForJob(watch, job.id, ({ status }) => status !== 'pending');
    const shown = begun ?? found(await readJobSnapshot(pool, job.id));
    return begun === null
      ? { status: 202, body: { ...viewJob(shown, config), requested: true } }
      : { status: 200, body: viewJob(shown, config) };
  });
}

/** Rows can be repaired once the job is over, when it brought its rows in or would have but for the rejected ones. */
function refuseUnlessRepairable({ type, status, options, failure, undoneBy }: JobSnapshot): void {
  if (undoneBy !== null) {
    throw new HttpProblem('wrong-state', `This import was undone by the job ${undoneBy}.`, {
      currentStatus: status,
    });
  }
  const isOver = status === 'completed' || (status === 'failed' && failure?.code === 'rows_rejected');
  if (type === 'import' && isOver && !options.dryRun) return;
  const detail = options.dryRun
    ? 'Rows of a dry run can not be repaired: repair the file, or import it first.'
    : `Rows can be repaired once the import is completed; this job is ${status}.`;
  throw wrongState(detail, status);
}

/** Values as cells of a file would hold them. */
function toTexts(
  values: z.output<typeof repairRowSchema>['values'],
  columns: readonly string[],
): Record<string, string | null> {
  const unknown = Object.keys(values).filter((name) => !columns.includes(name));
  if (unknown.length > 0) {
    throw new HttpProblem('invalid', `There is no column ${unknown.join(', ')}.`, {
      errors: unknown.map((name) => ({
        pointer: `#/values/${encodeURIComponent(name)}`,
        code: 'unknown_field',
        detail: `There is no column "${name}"; there are ${columns.join(', ')}.`,
      })),
    });
  }
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value === null ? null : String(value)]),
  );
}
