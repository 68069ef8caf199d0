import {
  bulkDeleteHeadersSchema,
  bulkDeleteSchemaOf,
  MAX_BULK_BODY_BYTES,
  MAX_BULK_IDS,
} from '../../contracts/http/bulk-delete.ts';
import { bulkDeleteExample, jobSchema } from '../../contracts/http/job.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import type { RecordSelection } from '../../prisma/repositories/record-selection.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { deleteMany } from '../services/bulk-delete.ts';
import { viewJob } from '../views/job-view.ts';
import { toRecordFilter } from '../views/record-filter.ts';
import { actorOf, jobLocation } from './shared.ts';

const declareBulkDelete = (kind: Kind) =>
  declareRoute({
    method: 'post',
    path: `/api/${kind.name}/bulk-delete`,
    operationId: `bulkDelete${kind.name.charAt(0).toUpperCase()}${kind.name.slice(1)}`,
    summary: `Delete many ${kind.name}`,
    description:
      `Those with the given ids (at most ${String(MAX_BULK_IDS)}), those that a list with the same filter shows, or all. Which they ` +
      'are, and which versions they have, is noted with the job; one that was changed since is kept, and listed with the reason. ' +
      'Where nothing fits, the job has nothing to do and ends. It is a job like others: with progress, stream, verbs and audit, ' +
      'and it can be undone.',
    tag: 'records',
    access: 'admin',
    headers: bulkDeleteHeadersSchema,
    body: bulkDeleteSchemaOf(kind),
    maxBodyBytes: MAX_BULK_BODY_BYTES,
    responses: {
      202: {
        description: 'Accepted: the job.',
        schema: jobSchema,
        example: bulkDeleteExample,
        headers: jobLocation,
      },
    },
    problems: ['count-mismatch', 'idempotency-mismatch'],
  });

/** Made once, for the API document. */
const BULK_DELETE_ROUTES = Object.values(KINDS).map((kind) => ({ kind, route: declareBulkDelete(kind) }));

/** Deleting many records by a job. */
export function mountBulkDelete(router: ApiRouter, deps: AppDeps): void {
  for (const { kind, route } of BULK_DELETE_ROUTES) {
    mountRoute(
      router,
      route,
    )(async ({ headers, body, principal, request }) => {
      const { reason, notify, confirm = null } = body;
      const order = {
        kind,
        selection: toSelection(kind, body),
        confirm,
        notify,
        noted: noteOf(kind, body),
        idempotencyKey: headers['idempotency-key'],
      };
      const job = await deleteMany(deps, order, actorOf(principal, request, { reason }));
      return { status: 202, body: viewJob(job, deps.config), headers: { Location: `/api/jobs/${job.id}` } };
    });
  }
}

interface GivenSelection {
  ids?: readonly string[] | undefined;
  filter?: Readonly<Record<string, unknown>> | undefined;
}

/** Its schema saw to it that there is one of the three. */
function toSelection(kind: Kind, { ids, filter }: GivenSelection): RecordSelection {
  if (ids !== undefined) return { by: 'ids', ids: [...new Set(ids.map((id) => id.toLowerCase()))].sort() };
  if (filter !== undefined) return { by: 'filter', filter: toRecordFilter(kind, filter) };
  return { by: 'all' };
}

/** What the audit log keeps of a filter: of people only by which fields they were chosen, for the log is never erased. */
function noteOf({ isPerson }: Kind, { filter }: GivenSelection): object {
  if (filter === undefined) return {};
  return { filter: isPerson ? Object.keys(filter) : filter };
}
