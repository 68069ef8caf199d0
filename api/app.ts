import express, { type Express } from 'express';
import { createCredentials } from './auth/credentials.ts';
import type { AppDeps } from './deps.ts';
import { codecOrigins, cors } from './http/cors.ts';
import { handleErrors, notFound } from './http/handle-errors.ts';
import { createApiRouter, mountMethodNotAllowed } from './http/mount-route.ts';
import { requestLog } from './http/request-log.ts';
import type { Route, RouteDeclaration } from './http/route.ts';
import { securityHeaders } from './http/security-headers.ts';
import { traceRequests } from './http/trace-requests.ts';
import { createLegacyRouters } from './legacy/index.ts';
import { createLimits } from './limits/index.ts';
import { mountAudit } from './routes/audit.ts';
import { mountBulkDelete } from './routes/bulk-delete.ts';
import { mountCodec } from './routes/codec.ts';
import { mountDocs } from './routes/docs.ts';
import { mountErase } from './routes/erase.ts';
import { mountHealth } from './routes/health.ts';
import { mountImports } from './routes/imports.ts';
import { mountJobRepairs } from './routes/job-repairs.ts';
import { mountJobReset } from './routes/job-reset.ts';
import { mountJobUndo } from './routes/job-undo.ts';
import { mountJobRows } from './routes/job-rows.ts';
import { mountJobStream } from './routes/job-stream.ts';
import { mountJobVerbs } from './routes/job-verbs.ts';
import { mountJobs } from './routes/jobs.ts';
import { mountKeys } from './routes/keys.ts';
import { mountLiveStream } from './routes/live-stream.ts';
import { mountMappings } from './routes/mappings.ts';
import { mountMetrics } from './routes/metrics.ts';
import { mountPreviews } from './routes/previews.ts';
import { mountOrderStreams } from './routes/order-streams.ts';
import { mountOrderVerbs } from './routes/order-verbs.ts';
import { mountAttention } from './routes/attention.ts';
import { mountOrders } from './routes/orders.ts';
import { mountProblems } from './routes/problems.ts';
import { mountRecordWrites } from './routes/record-writes.ts';
import { mountRecords } from './routes/records.ts';
import { mountRecovery } from './routes/recovery.ts';
import { mountSession } from './routes/session.ts';
import { webApp } from './routes/web-app.ts';
import { mountWebhookDeliveries } from './routes/webhook-deliveries.ts';
import { mountWebhooks } from './routes/webhooks.ts';

/** The app, and all of its routes. */
export interface App {
  express: Express;
  declarations: readonly RouteDeclaration[];
  /** Those of the older systems, which are not in the API document. */
  legacyRoutes: readonly Route[];
}

/** Puts the app together; it does not listen and opens nothing. */
export function createApp(deps: AppDeps): App {
  const { config, log } = deps;
  const app = express();
  app.disable('x-powered-by');
  // Addresses and protocols that a caller can write into a header are believed only where a named proxy wrote them.
  app.set('trust proxy', config.TRUSTED_PROXIES.length === 0 ? false : config.TRUSTED_PROXIES);
  app.set('query parser', 'simple');
  app.use(
    traceRequests,
    requestLog(log),
    securityHeaders(config.SECURE_COOKIES),
    cors(config.CORS_ORIGINS, codecOrigins(config.TEMPORAL_UI_URL)),
  );

  const limits = createLimits(deps);
  const routerDeps = {
    credentials: createCredentials(deps),
    limits,
    storage: deps.storage,
    metrics: deps.metrics,
    maxUploadBytes: config.MAX_UPLOAD_BYTES,
  };
  const router = createApiRouter(routerDeps);
  const legacy = createLegacyRouters(routerDeps, deps);
  const legacyRoutes = legacy.flatMap(({ declarations }) => declarations);
  mountPreviews(router, deps);
  mountImports(router, deps);
  mountMappings(router, deps);
  mountJobs(router, deps);
  mountJobRows(router, deps);
  mountJobRepairs(router, deps);
  mountJobStream(router, deps);
  mountLiveStream(router, deps);
  mountJobVerbs(router, deps);
  mountJobReset(router, deps);
  mountJobUndo(router, deps);
  mountOrderStreams(router, deps);
  mountOrders(router, deps);
  mountOrderVerbs(router, deps);
  mountRecovery(router, deps);
  mountAttention(router, deps);
  mountAudit(router, deps);
  mountRecords(router, deps);
  mountRecordWrites(router, deps);
  mountWebhooks(router, deps);
  mountWebhookDeliveries(router, deps);
  mountKeys(router, deps);
  mountBulkDelete(router, deps);
  mountErase(router, deps);
  mountSession(router, deps, legacyRoutes);
  mountHealth(router, deps);
  mountMetrics(router, deps);
  mountProblems(router);
  mountCodec(router, deps);
  mountDocs(router, deps);
  mountMethodNotAllowed(router);

  app.use(router.router, ...legacy.map((system) => system.router));
  if (deps.webDir !== null) app.use(webApp(deps.webDir, config.SECURE_COOKIES));
  app.use(notFound, handleErrors);
  return { express: app, declarations: router.declarations, legacyRoutes };
}
