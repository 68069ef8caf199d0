import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { PartErrorCode } from '../../contracts/errors.ts';
import { partCodeOf } from '../../platform/error-table.ts';
import { ActionIdTakenError } from '../../prisma/repositories/audit.ts';
import { isUnavailable } from './is-unavailable.ts';
import { HttpProblem, invalidField } from './http-problem.ts';

const RETRY_AFTER_SECONDS = 5;

/** The database is there, but others were in the way. */
const BUSY_CODES: ReadonlySet<PartErrorCode> = new Set(['database_timeout', 'database_conflict']);

/** Where no route is. */
export const notFound: RequestHandler = () => {
  throw new HttpProblem('not-found', 'There is nothing at this address.');
};

/** How a problem is told. */
export type RenderProblem = (
  problem: HttpProblem,
  request: Request,
) => { status: number; contentType: string; body: object };

/** Ends every failed request with an answer of the given form, and tells nobody how the inside looks. */
export function createErrorHandler(render: RenderProblem): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.destroyed || response.socket === null || response.socket.destroyed) {
      request.log.debug({ event: 'client_gone', err: error }, 'the client went away');
      return;
    }
    if (response.headersSent) {
      // The answer is half out. Cut short, the client sees that it is not whole.
      request.log.error({ event: 'answer_cut_short', err: error }, 'an answer could not be finished');
      next(error);
      return;
    }
    const problem = toProblem(error);
    if (problem.status >= 500) request.log.error({ event: 'request_failed', err: error }, problem.detail);
    const { status, contentType, body } = render(problem, request);
    response
      .status(status)
      .set({ 'Cache-Control': 'no-store', ...problem.options.headers })
      .type(contentType)
      .send(JSON.stringify(body));
  };
}

/** Ends every failed request with a problem document. */
export const handleErrors = createErrorHandler((problem, request) => ({
  status: problem.status,
  contentType: 'application/problem+json',
  body: problem.toDocument(request.originalUrl.split('?', 1)[0] ?? '/'),
}));

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return withRetryAfter(error);
  if (isUnavailable(error)) {
    const detail = BUSY_CODES.has(partCodeOf(error))
      ? 'What this needs is being changed by somebody else, such as an import. Try again soon.'
      : 'The database or the file storage can not be reached at the moment. Try again soon.';
    return withRetryAfter(new HttpProblem('unavailable', detail, { cause: error }));
  }
  if (error instanceof ActionIdTakenError) return invalidField('#/id', 'id_taken', `${error.message}.`);
  // Express marks what is wrong with the request itself, such as a malformed percent sign in its path.
  if (error instanceof Error && 'status' in error && error.status === 400) {
    return new HttpProblem('malformed-request', 'The request can not be parsed.', { cause: error });
  }
  return new HttpProblem('internal', 'Something went wrong on our side. It has been logged.', {
    cause: error,
  });
}

function withRetryAfter(problem: HttpProblem): HttpProblem {
  if (problem.status !== 503) return problem;
  const headers = { 'Retry-After': String(RETRY_AFTER_SECONDS), ...problem.options.headers };
  return new HttpProblem(problem.code, problem.detail, { ...problem.options, headers });
}
