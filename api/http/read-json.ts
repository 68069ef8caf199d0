import express, { type Request, type RequestHandler, type Response } from 'express';
import { isSameNumber } from '../../domain/values/decimal.ts';
import { continueUpload } from '../server.ts';
import { HttpProblem } from './http-problem.ts';

/** Where a route does not say otherwise. */
const MAX_BODY_BYTES = 100 * 1024;

const parsers = new Map<number, RequestHandler>();

function parserFor(limit: number): RequestHandler {
  const parser = parsers.get(limit) ?? express.json({ limit, strict: false, reviver: keepDigits });
  parsers.set(limit, parser);
  return parser;
}

/**
 * A number that would lose digits is passed on as the text that it was written as: a price must not change by a hair on its way
 * in. Where a number is asked for, that is then refused.
 */
function keepDigits(_name: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  return isSameNumber(source, String(value)) ? value : source;
}

/**
 * Reads a JSON body.
 *
 * @returns undefined when there is no body
 * @throws {HttpProblem} when the body is not JSON, or too large
 */
export async function readJson(
  request: Request,
  response: Response,
  maxBytes = MAX_BODY_BYTES,
): Promise<unknown> {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return undefined;
  if (request.is('application/json') === false) {
    throw new HttpProblem('unsupported-media-type', 'Send the body as application/json.');
  }
  continueUpload(request, response);
  await new Promise<void>((resolve, reject) => {
    parserFor(maxBytes)(request, response, (error?: unknown) => {
      if (error === undefined) resolve();
      else reject(toProblem(error, maxBytes));
    });
  });
  return request.body as unknown;
}

/** By the types that the body parser documents. */
function toProblem(error: unknown, maxBytes: number): Error {
  const type = error instanceof Error && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new HttpProblem('too-large', `A JSON body may have ${String(maxBytes)} bytes.`);
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
