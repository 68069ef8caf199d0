import { z } from 'zod';
import type { AppDeps } from '../deps.ts';
import type { RenderProblem } from '../http/handle-errors.ts';
import type { ApiRouter } from '../http/mount-route.ts';
import type { Route } from '../http/route.ts';

/** An older system whose clients find their own routes and shapes here. */
export interface LegacySystem {
  /** Where its routes are: clients have it in front of their paths. */
  base: string;
  mount: (router: LegacyRouter, deps: AppDeps) => void;
  /** Errors in the form that its clients know. */
  renderProblem: RenderProblem;
}

export type LegacyRouter = ApiRouter<Route>;

/** Keeps the exact types of a route. None of them is part of the API document: docs/legacy.md describes them. */
export function legacyRoute<const D extends Route>(route: D): D {
  return route;
}

/** A JSON body of this type. */
export function json<T>(): { schema: z.ZodType<T, T> } {
  return { schema: z.custom<T>() };
}

/** The older systems did not look at fields of a query that they did not know. */
export const ANY_QUERY = z.object({});
