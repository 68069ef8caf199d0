import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, SENT } from '../http/route.ts';

const getMetrics = declareRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'getMetrics',
  summary: 'Metrics of this process',
  tag: 'system',
  access: 'public',
  responses: {
    200: {
      description: 'In the text format of Prometheus.',
      contentType: 'text/plain',
      example: '# TYPE longshore_open_streams gauge\nlongshore_open_streams 0\n',
    },
  },
  problems: [],
});

/** GET /metrics. */
export function mountMetrics(router: ApiRouter, { metrics: { registry } }: AppDeps): void {
  mountRoute(
    router,
    getMetrics,
  )(async ({ response }) => {
    response.type(registry.contentType).send(await registry.metrics());
    return SENT;
  });
}
