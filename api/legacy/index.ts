import type { AppDeps } from '../deps.ts';
import { createErrorHandler, notFound } from '../http/handle-errors.ts';
import { createApiRouter, mountMethodNotAllowed, type RouterDeps } from '../http/mount-route.ts';
import type { Route } from '../http/route.ts';
import { createGuest } from './guest.ts';
import type { LegacyRouter, LegacySystem } from './legacy-system.ts';
import * as systems from './systems.ts';

/** A router for each of the older systems, with its own form of errors; all else is as for the other routes. */
export function createLegacyRouters(routerDeps: RouterDeps, deps: AppDeps): LegacyRouter[] {
  const guest = deps.config.LEGACY_OPEN ? createGuest(deps.config.CORS_ORIGINS) : undefined;
  return Object.values<LegacySystem>(systems).map(({ base, mount, renderProblem }) => {
    const router = createApiRouter<Route>({ ...routerDeps, guest });
    mount(router, deps);
    mountMethodNotAllowed(router);
    router.router.use(base, notFound);
    router.router.use(createErrorHandler(renderProblem));
    return router;
  });
}
