import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import { contentSecurityPolicy } from '../http/security-headers.ts';

/** Addresses of the API: what is not found there is a problem document, never a page. */
const NOT_PAGES = /^\/(?:api|legacy|docs|health|metrics|problems|openapi\.json|assets)(?:\/|$)/;
const NONCE_PLACE = '%STYLE_NONCE%';
/** Their names change with their content. */
const ASSET_CACHE = 'public, max-age=31536000, immutable';

/** @returns the folder of the built web app, or null where it was not built */
export function findWebApp(): string | null {
  const folder = path.join(import.meta.dirname, '..', '..', 'web', 'dist');
  return existsSync(path.join(folder, 'index.html')) ? folder : null;
}

const COMPRESSED = { br: '.br', gzip: '.gz' } as const;

/** Sends a file in the smallest form that the browser takes: the build has compressed each, as far as can be. */
function compressed(folder: string): RequestHandler {
  return (request, response, next) => {
    response.vary('Accept-Encoding');
    const encoding = request.acceptsEncodings('br', 'gzip');
    const name = request.path;
    if ((encoding === 'br' || encoding === 'gzip') && /^\/[\w-]+\.(?:js|css)$/.test(name)) {
      const smaller = `${name}${COMPRESSED[encoding]}`;
      if (existsSync(path.join(folder, smaller))) {
        response.set('Content-Encoding', encoding).type(path.extname(name));
        request.url = smaller;
      }
    }
    next();
  };
}

/**
 * Serves the web app: its files, and for all other addresses that are not the API's its one page, which finds out by the
 * address what to show.
 *
 * The components of the app write style sheets while it runs. A nonce, new with each page, allows exactly these.
 */
export function webApp(folder: string, secure: boolean): RequestHandler {
  const router = Router();
  const files = { index: false, redirect: false, dotfiles: 'ignore' } as const;
  router.use('/assets', compressed(path.join(folder, 'assets')));
  router.use(
    '/assets',
    express.static(path.join(folder, 'assets'), {
      ...files,
      setHeaders: (response) => response.setHeader('Cache-Control', ASSET_CACHE),
    }),
  );
  const otherFiles = express.static(folder, { ...files, maxAge: '1h' });
  router.use((request, response, next) => {
    // The page is sent below, with its nonce.
    if (request.path === '/index.html') next();
    else otherFiles(request, response, next);
  });
  router.use((request, response, next) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    // Browsers that open a page ask for HTML by name; whoever takes anything is told that there is nothing.
    const wantsPage = request.accepts(['json', 'html']) === 'html';
    if (!reads || !wantsPage || NOT_PAGES.test(request.path)) {
      next();
      return;
    }
    sendPage().catch(next);

    async function sendPage(): Promise<void> {
      const page = await readFile(path.join(folder, 'index.html'), 'utf8');
      const nonce = randomBytes(18).toString('base64');
      response
        .set('Content-Security-Policy', contentSecurityPolicy(secure, ` 'nonce-${nonce}'`))
        // A new version of the app is a new page; the nonce must not be used again.
        .set('Cache-Control', 'no-store')
        .type('html')
        .send(page.replaceAll(NONCE_PLACE, nonce));
    }
  });
  return router;
}
