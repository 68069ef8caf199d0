import { context, propagation, trace } from '@opentelemetry/api';
import type { Request, RequestHandler } from 'express';
import { startServerSpan } from '../../platform/tracing.ts';

/**
 * Makes each request the beginning of a trace, or part of the one that its `traceparent` names (W3C Trace Context). Neither
 * headers nor addresses stand in it: only the declared route. Without tracing it does nothing.
 */
export const traceRequests: RequestHandler = (request, response, next) => {
  const parent = propagation.extract(context.active(), request.headers);
  const span = startServerSpan(request.method, parent);
  span.setAttribute('http.request.method', request.method);
  response.once('close', () => {
    span.setAttribute('http.response.status_code', response.statusCode);
    const correlationId = response.getHeader('X-Request-Id');
    if (typeof correlationId === 'string') span.setAttribute('longshore.correlation_id', correlationId);
    span.end();
  });
  context.with(trace.setSpan(parent, span), next);
};

/** Names the trace of a request by its route. */
export function nameTrace({ method }: Request, route: string): void {
  trace.getActiveSpan()?.updateName(`${method} ${route}`).setAttribute('http.route', route);
}
