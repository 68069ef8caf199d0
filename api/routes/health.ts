import { aliveSchema, readySchema } from '../../contracts/http/health.ts';
import { runHealthChecks } from '../../platform/readiness.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';

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
    database: () => database.pool.query('SELECT 1'),
    temporal: () => workflows.check(),
    storage: () => storage.check(),
  };
  mountRoute(
    router,
    ready,
  )(async () => {
    const report = await runHealthChecks(checks);
    if (report.status === 'ok')
      return { status: 200, body: { status: 'ok', checks: report.checks }, headers: NOT_KEPT };
    const down = Object.keys(report.checks).filter((name) => report.checks[name] === 'down');
    throw new HttpProblem('unavailable', `Can not be reached: ${down.join(', ')}.`, {
      checks: report.checks,
    });
  });
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };
