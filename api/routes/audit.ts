import {
  auditEntryExample,
  auditEntrySchema,
  listAuditQuerySchema,
  listJobAuditQuerySchema,
} from '../../contracts/http/audit.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { jobParamsSchema } from '../../contracts/http/job.ts';
import { type AuditFilter, listAudit } from '../../prisma/repositories/audit.ts';
import { jobExists } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { decodeCursor, toPage } from '../views/cursor.ts';
import { viewAuditEntry } from '../views/operator-views.ts';
import { found } from './shared.ts';

const page = {
  200: {
    description: 'A page of actions.',
    schema: pageOf(auditEntrySchema),
    example: { items: [auditEntryExample], nextCursor: null },
  },
} as const;

const listAllAudit = declareRoute({
  method: 'get',
  path: '/api/audit',
  operationId: 'listAudit',
  summary: 'List what operators did, newest first',
  description:
    'Each action that had an effect is there once: who, what, why, before, after, and by which way it came.',
  tag: 'audit',
  access: 'admin',
  query: listAuditQuerySchema,
  responses: page,
  problems: ['bad-cursor'],
});

const listJobAudit = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/audit',
  operationId: 'listJobAudit',
  summary: 'List what operators did to a job, newest first',
  tag: 'audit',
  access: 'viewer',
  params: jobParamsSchema,
  query: listJobAuditQuerySchema,
  responses: page,
  problems: ['bad-cursor'],
});

/** The audit log. */
export function mountAudit(router: ApiRouter, { database }: AppDeps): void {
  const read = async (filter: AuditFilter, cursor: string | undefined, limit: number) => {
    const entries = await listAudit(database.prisma, filter, decodeCursor('audit', cursor), limit + 1);
    return toPage('audit', entries, limit, ({ number }) => number, viewAuditEntry);
  };

  mountRoute(
    router,
    listAllAudit,
  )(async ({ query: { cursor, limit, ...filter } }) => ({
    status: 200,
    body: await read(filter, cursor, limit),
  }));

  mountRoute(
    router,
    listJobAudit,
  )(async ({ params, query }) => {
    found((await jobExists(database.pool, params.id)) || null);
    return { status: 200, body: await read({ jobId: params.id }, query.cursor, query.limit) };
  });
}
