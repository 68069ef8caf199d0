import type { RequestHandler } from 'express';

const EXPOSED = 'Content-Disposition, ETag, Location, Retry-After, WWW-Authenticate, X-Request-Id';

/** A web app that may call one part of the API only. */
interface NarrowOrigin {
  origin: string;
  /** What the paths begin with. */
  below: string;
}

/** The Temporal Web UI, which decrypts what it shows by the codec server, and has no business elsewhere. */
export function codecOrigins(temporalUiUrl: string | undefined): NarrowOrigin[] {
  return temporalUiUrl === undefined ? [] : [{ origin: new URL(temporalUiUrl).origin, below: '/api/codec/' }];
}

/**
 * Lets web apps of exactly these origins call the API from a browser. They send tokens; the session cookie is for pages of
 * this origin only.
 */
export function cors(origins: readonly string[], narrow: readonly NarrowOrigin[] = []): RequestHandler {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  return (request, response, next) => {
    response.vary('Origin');
    const { origin } = request.headers;
    const mayCall = narrow.some((one) => one.origin === origin && request.path.startsWith(one.below));
    if (origin === undefined || !(allowed.has(origin) || mayCall)) {
      next();
      return;
    }
    response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED });
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      next();
      return;
    }
    response.set({
      'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE',
      'Access-Control-Allow-Headers':
        'Authorization, Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Namespace, X-Request-Id',
      'Access-Control-Max-Age': '600',
    });
    response.status(204).end();
  };
}
