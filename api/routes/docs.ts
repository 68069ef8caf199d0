import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, SENT } from '../http/route.ts';
import { contentSecurityPolicy } from '../http/security-headers.ts';
import { createOpenApiDocument } from '../openapi.ts';

const require = createRequire(import.meta.url);
const OWN = (name: string): string => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const SWAGGER_UI = (name: string): string => require.resolve(`swagger-ui-dist/${name}`);

/** The page and all that it loads, from here and from nowhere else. */
const FILES = {
  'swagger-ui.css': SWAGGER_UI('swagger-ui.css'),
  'swagger-ui-bundle.js': SWAGGER_UI('swagger-ui-bundle.js'),
  'favicon-32x32.png': SWAGGER_UI('favicon-32x32.png'),
  'start.js': OWN('start.js'),
} as const;
type FileName = keyof typeof FILES;

const getOpenApi = declareRoute({
  method: 'get',
  path: '/openapi.json',
  operationId: 'getOpenApiDocument',
  summary: 'This document',
  tag: 'system',
  access: 'public',
  responses: {
    200: {
      description: 'OpenAPI 3.1.',
      schema: z.custom<object>().meta({
        override: { type: 'object', required: ['openapi'], properties: { openapi: { type: 'string' } } },
      }),
      example: { openapi: '3.1.0' },
    },
  },
  problems: [],
});

const getDocs = declareRoute({
  method: 'get',
  path: '/docs',
  operationId: 'getDocs',
  summary: 'This document, to read and to try out',
  tag: 'system',
  access: 'public',
  responses: { 200: { description: 'A page.', contentType: 'text/html' } },
  problems: [],
});

const getDocsFile = declareRoute({
  method: 'get',
  path: '/docs/:file',
  operationId: 'getDocsFile',
  summary: 'A part of the page with this document',
  tag: 'system',
  access: 'public',
  params: z.strictObject({ file: z.enum(Object.keys(FILES) as FileName[]) }),
  responses: { 200: { description: 'A script, a style sheet or an icon.', contentType: '*/*' } },
  problems: [],
});

/** The API document and a page that shows it. Mount it last: the document tells of what is mounted. */
export function mountDocs(router: ApiRouter, { config }: Pick<AppDeps, 'config'>): void {
  let document: ReturnType<typeof createOpenApiDocument> | undefined;
  mountRoute(
    router,
    getOpenApi,
  )(() => {
    document ??= createOpenApiDocument(router.declarations);
    return { status: 200, body: document };
  });
  mountRoute(
    router,
    getDocs,
  )(({ response }) => {
    // The page of Swagger UI writes style sheets into itself; scripts are what must not be inline.
    const policy = contentSecurityPolicy(config.SECURE_COOKIES, " 'unsafe-inline'");
    response.set('Content-Security-Policy', policy).sendFile(OWN('index.html'));
    return SENT;
  });
  mountRoute(
    router,
    getDocsFile,
  )(({ response, params }) => {
    response.sendFile(FILES[params.file], { maxAge: '1h' });
    return SENT;
  });
}
