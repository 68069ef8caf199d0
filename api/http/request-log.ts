import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';
import { pinoHttp } from 'pino-http';
import type { Logger } from '../../platform/log.ts';

const HEADER = 'X-Request-Id';
const GIVEN_ID = /^[\w.-]{1,64}$/;
/** Asked every few seconds by machines: of no interest while they go well. */
const QUIET = new Set(['/health', '/health/ready', '/metrics']);

/**
 * Logs each request once it is over, under an id that the answer carries too. Neither headers nor the query are logged: tokens
 * and tickets travel there.
 */
export function requestLog(logger: Logger): RequestHandler {
  return pinoHttp({
    logger,
    genReqId: (request: IncomingMessage, response: ServerResponse) => {
      const given = request.headers[HEADER.toLowerCase()];
      const id = typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
      response.setHeader(HEADER, id);
      return id;
    },
    customLogLevel: (request, response) => {
      // A fault has been logged with its cause by then.
      if (response.statusCode >= 500) return 'warn';
      return QUIET.has(pathOf(request)) ? 'debug' : 'info';
    },
    customSuccessMessage: summary,
    customErrorMessage: summary,
    customSuccessObject: (_request, _response, line: object) => ({ event: 'http_request', ...line }),
    // The cause of a 5xx was logged where it was met; a made-up error would only point here.
    customErrorObject: (_request, response, _error, { responseTime }: { responseTime: number }) => ({
      event: 'http_request',
      res: response,
      responseTime,
    }),
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'correlation_id' },
    wrapSerializers: false,
    serializers: {
      req: (request: IncomingMessage) => ({ method: request.method, path: pathOf(request) }),
      res: (response: ServerResponse) => ({ statusCode: response.statusCode }),
    },
  });
}

function pathOf(request: IncomingMessage): string {
  // Express shortens `url` while a mounted router is at work.
  const url =
    'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : request.url;
  return url?.split('?', 1)[0] ?? '/';
}

function summary(request: IncomingMessage, response: ServerResponse): string {
  return `${request.method ?? ''} ${pathOf(request)} ${String(response.statusCode)}`;
}
