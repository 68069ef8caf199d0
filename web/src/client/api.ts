import createClient, { type Middleware } from 'openapi-fetch';
import type { components, paths } from '../../generated/api.ts';
import { problemOf } from './problem.ts';
import { writeToken } from './write-token.ts';

/** The shapes of the API, made from its own document. */
export type Schemas = components['schemas'];
export type Job = Schemas['Job'];

const READS = new Set(['GET', 'HEAD']);

const authorised: Middleware = {
  async onRequest({ request }) {
    // Reading goes by the session's cookie, which the API does not look at for anything that writes.
    if (READS.has(request.method) || new URL(request.url).pathname === '/api/session') return;
    request.headers.set('Authorization', `Bearer ${await writeToken()}`);
  },
  async onResponse({ response }) {
    if (!response.ok && response.status !== 304) throw await problemOf(response);
  },
};

/**
 * The API, with the types of its document. Whatever is not a success is thrown as an {@link ApiProblem}, so an answer that
 * comes back is a good one.
 */
export const api = createClient<paths>({ baseUrl: location.origin });
api.use(authorised);

/** @returns the body of an answer */
export async function bodyOf<Body>(answer: Promise<{ data?: Body }>): Promise<Body> {
  const { data } = await answer;
  if (data === undefined) throw new Error('The answer has no body.');
  return data;
}
