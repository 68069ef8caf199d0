import express, { type Request, type RequestHandler, type Response } from 'express';
import { continueUpload } from '../server.ts';
import { HttpProblem } from './http-problem.ts';

const MAX_BODY_BYTES = 100 * 1024;

const parse: RequestHandler = express.json({ limit: MAX_BODY_BYTES, strict: false });

/**
 * Reads a JSON body.
 *
 * @returns undefined when there is no body
 * @throws {HttpProblem} when the body is not JSON, or too large
 */
export async function readJson(request: Request, response: Response): Promise<unknown> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return undefined;
  if (request.is('application/json') === false) {
    throw new HttpProblem('unsupported-media-type', 'Send the body as application/json.');
  }
  continueUpload(request, response);
  await new Promise<void>((resolve, reject) => {
    parse(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(toProblem(error));
    });
  });
  return request.body as unknown;
}

/** By the types that the body parser documents. */
function toProblem(error: unknown): Error {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new HttpProblem('too-large', `A JSON body may have ${String(MAX_BODY_BYTES)} bytes.`);
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new HttpProblem(
        'unsupported-media-type',
        'Send the body as UTF-8, plain or with gzip, deflate or br.',
      );
    default:
      return new HttpProblem('malformed-request', 'The body is not well-formed JSON.', { cause: error });
  }
}
