import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Principal } from '../../platform/tokens.ts';
import { authorise, type Guest } from '../auth/authenticate.ts';
import type { Credentials } from '../auth/credentials.ts';
import type { Limits } from '../limits/index.ts';
import { type ReceivedUpload, receiveUpload, type StoredFile } from '../uploads/receive-upload.ts';
import { HttpProblem } from './http-problem.ts';
import { readJson } from './read-json.ts';
import { type Route, type RouteDeclaration, type RouteHandler, type RouteRequest, SENT } from './route.ts';
import { nameTrace } from './trace-requests.ts';
import { validate } from './validate.ts';

/** What every route needs around its handler. */
export interface RouterDeps {
  credentials: Credentials;
  limits: Limits;
  storage: FileStorage;
  metrics: Metrics;
  maxUploadBytes: number;
  /** Whom a request counts as that brings nothing to tell by; nobody when missing. */
  guest?: Guest | undefined;
}

/** A router that takes declared routes only. */
export interface ApiRouter<Declared extends Route = RouteDeclaration> {
  router: Router;
  deps: RouterDeps;
  /** Everything mounted so far; the API document is made from it. */
  declarations: Declared[];
}

export function createApiRouter<Declared extends Route = RouteDeclaration>(
  deps: RouterDeps,
): ApiRouter<Declared> {
  return { router: Router({ caseSensitive: true }), deps, declarations: [] };
}

/**
 * Adds a route. In this order: who asks, may they, and not too often, is there such an address, what does the request say, and
 * only then is a body read and the handler called.
 *
 * @returns takes the handler; a call of its own, so that the compiler knows the declaration before it looks at the handler
 */
export function mountRoute<Declared extends Route, D extends Declared>(
  { router, deps, declarations }: ApiRouter<Declared>,
  declaration: D,
): (handler: RouteHandler<D>) => void {
  return (handler) => {
    declarations.push(declaration);
    router[declaration.method](declaration.path, (request, response, next) => {
      if (declaration.stream !== true) measure(request, response, declaration, deps.metrics);
      nameTrace(request, declaration.path);
      answer(request, response, declaration, handler, deps).then((done) => {
        if (!done) next();
      }, next);
    });
  };
}

/** Adds the answer 405 for all methods that the mounted paths do not have. Call it after the last route. */
export function mountMethodNotAllowed({
  router,
  declarations,
}: Pick<ApiRouter<Route>, 'router' | 'declarations'>): void {
  // `bulk-delete` could be an id: a path without parameters is looked at first.
  const sorted = declarations.toSorted((a, b) => parametersOf(a).length - parametersOf(b).length);
  const methodsByPath = Map.groupBy(sorted, ({ path }) => path);
  for (const [path, found] of methodsByPath) {
    const methods = found.map(({ method }) => method.toUpperCase());
    const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
    const allow = allowed.join(', ');
    router.all(path, (request, response, next) => {
      if (request.method !== 'OPTIONS') {
        // Its route was asked already, and found that it is not meant.
        if (allowed.includes(request.method)) {
          next();
          return;
        }
        const detail = `This address knows ${allow}.`;
        throw new HttpProblem('method-not-allowed', detail, { headers: { Allow: allow } });
      }
      response.set('Allow', allow).status(204).end();
    });
  }
}

function parametersOf({ path }: Route): string[] {
  return path.split('/').filter((part) => part.startsWith(':'));
}

/** @returns false where the path is that of another route, or of none: an id that can't be one names nothing */
async function answer<D extends Route>(
  request: Request,
  response: Response,
  declaration: D,
  handler: RouteHandler<D>,
  deps: RouterDeps,
): Promise<boolean> {
  const principal = await whoAsks(request, declaration, deps);
  const params = readParams(declaration, request.params);
  if (params === null) return false;
  const checked = {
    principal,
    request,
    response,
    params,
    query: checkQuery(declaration, request.query),
    headers: declaration.headers && validate(declaration.headers, request.headers),
    body:
      declaration.body &&
      validate(declaration.body, await readJson(request, response, declaration.maxBodyBytes)),
  };
  const upload =
    declaration.upload && (await takeUpload(request, response, principal, declaration.upload.fields, deps));
  try {
    // What the schemas of the declaration let through has the types that were made from them.
    const result = await handler({ ...checked, upload } as unknown as RouteRequest<D>);
    if (result !== SENT) send(response, result as Answer);
    return true;
  } finally {
    if (upload?.kept === false) await discard(upload.file, request, deps.storage);
  }
}

interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

function send(response: Response, { status, body, headers = {} }: Answer): void {
  response.status(status).set(headers);
  if (body === undefined) response.end();
  else response.json(body);
}

async function whoAsks(
  request: Request,
  { access, stream }: Route,
  { credentials, limits, guest }: RouterDeps,
): Promise<Principal | null> {
  if (access === 'public') return null;
  const principal = await authorise(request, credentials, access, stream === true, guest);
  await limits.request(principal.subject);
  return principal;
}

/** @returns null for what can't be meant */
function readParams({ params }: Route, given: unknown): unknown {
  if (params === undefined) return undefined;
  return params.safeParse(given).data ?? null;
}

const NO_QUERY = z.strictObject({});

/** What probes and caches append to the public pages is nobody's business; elsewhere an unknown field is a mistake. */
function checkQuery({ query, stream, access }: Route, given: Request['query']): unknown {
  if (query === undefined && access === 'public') return undefined;
  const { ticket, ...rest } = given;
  return validate(query ?? NO_QUERY, stream === true || ticket === undefined ? rest : given);
}

interface TakenUpload {
  file: StoredFile;
  fields: unknown;
  kept: boolean;
  keep: () => void;
}

/** Stores the file of a request and checks the fields beside it. A file with wrong fields, or none, does not stay. */
async function takeUpload(
  request: Request,
  response: Response,
  principal: Principal | null,
  fieldsSchema: z.ZodObject,
  { storage, maxUploadBytes, limits }: RouterDeps,
): Promise<TakenUpload> {
  const end = await limits.upload(principal?.subject ?? '', request);
  let received: ReceivedUpload | undefined;
  try {
    received = await receiveUpload(request, response, storage, maxUploadBytes);
  } finally {
    await end(received?.file?.sizeBytes ?? 0);
  }
  try {
    const given = received.file === null ? received.fields : { ...received.fields, file: received.file };
    const { file, ...fields } = validate(fieldsSchema.extend({ file: uploadedFileSchema }), given);
    const taken: TakenUpload = {
      file: file as StoredFile,
      fields,
      kept: false,
      keep: () => {
        taken.kept = true;
      },
    };
    return taken;
  } catch (error) {
    if (received.file !== null) await discard(received.file, request, storage);
    throw error;
  }
}

/** Sent as a text, a file has no name and no end: it must come as a file. */
const uploadedFileSchema = z.custom<StoredFile>((given) => typeof given === 'object' && given !== null, {
  error: 'must be sent as a file, with a file name',
});

/** A file that can't be removed now is found later by its age: no reason to fail the request. */
async function discard(file: StoredFile, request: Request, storage: FileStorage): Promise<void> {
  try {
    await storage.remove(file.storageKey);
  } catch (error) {
    request.log.error(
      { event: 'file_not_removed', err: error, storageKey: file.storageKey },
      'a file that nobody owns could not be removed',
    );
  }
}

function measure(request: Request, response: Response, { path }: Route, metrics: Metrics): void {
  const stop = metrics.httpRequestSeconds.startTimer({ method: request.method, route: path });
  response.once('close', () => {
    stop({ status: response.statusCode });
  });
}
