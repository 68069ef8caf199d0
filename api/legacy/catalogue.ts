import type { Request } from 'express';
import { z } from 'zod';
import { DEFAULT_IMPORT_OPTIONS } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { type JobSnapshot, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { Queryable } from '../../prisma/client.ts';
import type { AppDeps } from '../deps.ts';
import type { HttpProblem } from '../http/http-problem.ts';
import { mountRoute } from '../http/mount-route.ts';
import { actorOf, found } from '../routes/shared.ts';
import { acceptUpload } from '../services/accept-import.ts';
import { deleteMany } from '../services/bulk-delete.ts';
import { answerWithJobStream } from '../streams/stream-job.ts';
import { mountCatalogueProducts } from './catalogue-products.ts';
import { viewProgress } from './catalogue-view.ts';
import { mountCatalogueWebhooks } from './catalogue-webhooks.ts';
import { ANY_QUERY, json, legacyRoute, type LegacyRouter, type LegacySystem } from './legacy-system.ts';

/** The platform that imported products: its uploads and their progress, its products and its webhooks. */
export const catalogueSystem: LegacySystem = {
  base: '/legacy/catalogue',
  mount: mountCatalogue,
  renderProblem,
};

const API = `${catalogueSystem.base}/api`;

/** What it answers when work goes on in the background. */
interface Accepted {
  job_id: string;
  /** From the root of this server, so that it leads there wherever a client has its base path. */
  sse_url: string;
  message: string;
}

const upload = legacyRoute({
  method: 'post',
  path: `${API}/upload`,
  access: 'operator',
  query: ANY_QUERY,
  upload: { fields: z.object({}) },
  responses: { 202: json<Accepted>() },
});

const bulkDelete = legacyRoute({
  method: 'post',
  path: `${API}/products/bulk-delete`,
  // As in the main API.
  access: 'admin',
  query: ANY_QUERY,
  responses: { 202: json<Accepted>() },
});

const streamProgress = legacyRoute({
  method: 'get',
  path: `${API}/progress/:job_id`,
  access: 'viewer',
  stream: true,
  params: z.object({ job_id: z.uuid() }),
  query: ANY_QUERY,
  responses: { 200: {}, 204: {} },
});

function mountCatalogue(router: LegacyRouter, deps: AppDeps): void {
  mountRoute(
    router,
    upload,
  )(async ({ upload: uploaded, principal, request }) => {
    const order = { kind: 'products', options: DEFAULT_IMPORT_OPTIONS, by: principal.subject } as const;
    const { id } = await acceptUpload(deps, uploaded, order, request.log);
    return { status: 202, body: accepted(id, 'CSV upload accepted. It is processed in the background.') };
  });

  mountRoute(
    router,
    bulkDelete,
  )(async ({ principal, request }) => {
    const all = { selection: { by: 'all' }, confirm: null, notify: 'summary', noted: {} } as const;
    const actor = actorOf(principal, request);
    const { id } = await deleteMany(deps, { kind: KINDS.products, ...all }, actor);
    return { status: 202, body: accepted(id, 'All products are deleted in the background.') };
  });

  mountRoute(
    router,
    streamProgress,
  )(async ({ params, request, response }) => {
    const job = await findJob(deps.database.pool, params.job_id);
    return answerWithJobStream({ request, response }, job, deps, {
      render: (snapshot) => JSON.stringify(viewProgress(snapshot)),
      close: ({ id }) => JSON.stringify({ event: 'close', job_id: id }),
    });
  });

  mountCatalogueProducts(router, deps, `${API}/products`);
  mountCatalogueWebhooks(router, deps, `${API}/webhooks`);
}

function accepted(jobId: string, message: string): Accepted {
  return { job_id: jobId, sse_url: `${API}/progress/${jobId}`, message };
}

/** @throws {HttpProblem} `not-found` for what is no job about products */
async function findJob(db: Queryable, id: string): Promise<JobSnapshot> {
  const job = found(await readJobSnapshot(db, id));
  return found(job.kind === 'products' ? job : null);
}

/** What is not there, by the part of the path that names it. */
const MISSING: Record<string, (id: string) => string> = {
  progress: (id) => `Import job not found: ${id}`,
  products: (id) => `Product with ID ${id} not found`,
  webhooks: (id) => `Webhook with ID ${id} not found`,
};

/** `{ detail }`, as that system answered: a text, or for what breaks a rule a list of where and why. */
function renderProblem(
  problem: HttpProblem,
  request: Request,
): { status: number; contentType: string; body: object } {
  return {
    status: problem.status,
    contentType: 'application/json',
    body: { detail: detailOf(problem, request) },
  };
}

interface FieldError {
  type: string;
  loc: string[];
  msg: string;
}

function detailOf({ code, detail, options }: HttpProblem, request: Request): string | FieldError[] {
  const [collection = '', id] = request.path.slice(API.length + 1).split('/');
  switch (code) {
    case 'not-found':
      return id === undefined ? 'Not Found' : (MISSING[collection]?.(id) ?? 'Not Found');
    case 'key-taken':
      return request.method === 'POST'
        ? `Product with SKU '${skuOf(request)}' already exists`
        : 'SKU already exists (case-insensitive)';
    case 'invalid': {
      const place = request.method === 'GET' ? 'query' : 'body';
      const errors = options.errors?.map((error) => ({
        type: error.code === 'required' ? 'missing' : error.code,
        loc: [place, ...error.pointer.split('/').slice(1).map(decodeURIComponent)],
        msg: error.detail,
      }));
      return errors ?? detail;
    }
    default:
      return detail;
  }
}

function skuOf({ body }: Request): string {
  const given: unknown = body;
  return typeof given === 'object' && given !== null && 'sku' in given ? String(given.sku) : '';
}
