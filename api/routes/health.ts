import { aliveSchema, readySchema } from '../../contracts/http/health.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { within } from '../within.ts';

const CHECK_TIMEOUT_MS = 2_000;

const health = declareRoute({
  method: 'get',
  path: '/health',
  operationId: 'getHealth',
  summary: 'Is this process alive',
  tag: 'system',
  access: 'public',
  responses: { 200: { description: 'It answers.', schema: aliveSchema, example: { status: 'ok' } } },
  problems: [],
});

const ready = declareRoute({
  method: 'get',
  path: '/health/ready',
  operationId: 'getReadiness',
  summary: 'Can this process do its work',
  description:
    'Speaks to each part that the API stands on. With one of them down the answer is 503 and names it.',
  tag: 'system',
  access: 'public',
  responses: {
    200: {
      description: 'It can.',
      schema: readySchema,
      example: { status: 'ok', checks: { database: 'ok', temporal: 'ok', storage: 'ok' } },
    },
  },
  problems: ['unavailable'],
});

/** /health for whoever restarts processes, /health/ready for whoever sends them requests. */
export function mountHealth(router: ApiRouter, { database, workflows, storage }: AppDeps): void {
  mountRoute(router, health)(() => ({ status: 200, body: { status: 'ok' }, headers: NOT_KEPT }));

  const checks = {
    database: shared(() => database.pool.query('SELECT 1')),
    temporal: shared(() => workflows.check()),
    storage: shared(() => storage.check()),
  };
  mountRoute(
    router,
    ready,
  )(async () => {
    const results = Object.fromEntries(
      await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await check()] as const)),
    );
    const down = Object.keys(results).filter((name) => results[name] === 'down');
    if (down.length > 0) {
      throw new HttpProblem('unavailable', `Can not be reached: ${down.join(', ')}.`, { checks: results });
    }
    return { status: 200, body: { status: 'ok', checks: results }, headers: NOT_KEPT };
  });
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };

/**
 * A check with a bounded wait. While one is under way others join it: probes of a part that hangs must not pile up in front
 * of it.
 */
function shared(check: () => Promise<unknown>): () => Promise<'ok' | 'down'> {
  let underWay: Promise<unknown> | null = null;
  return async () => {
    underWay ??= check().finally(() => {
      underWay = null;
    });
    return await within(CHECK_TIMEOUT_MS, underWay).then(
      () => 'ok',
      () => 'down',
    );
  };
}
