import type { RequestHandler } from 'express';
import helmet from 'helmet';

/**
 * What pages of this origin may do: run scripts of this origin, load styles of this origin, and nothing else.
 *
 * @param styles what they may use for styles besides
 */
export function contentSecurityPolicy(secure: boolean, styles = ''): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self'${styles}`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(secure ? ['upgrade-insecure-requests'] : []),
  ].join(';');
}

/**
 * What browsers are told with every answer.
 *
 * @param secure whether the site is served over https, and may ask browsers never to come without it
 */
export function securityHeaders(secure: boolean): RequestHandler {
  const policy = contentSecurityPolicy(secure);
  const others = helmet({
    contentSecurityPolicy: false,
    strictTransportSecurity: secure ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  return (request, response, next) => {
    response.set('Content-Security-Policy', policy);
    others(request, response, next);
  };
}
