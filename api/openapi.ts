import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { type ProblemCode, PROBLEMS } from '../contracts/errors.ts';
import { EVENTS } from '../contracts/events/index.ts';
import { webhookHeadersSchema } from '../contracts/events/envelope.ts';
import { problemSchema } from '../contracts/http/problem.ts';
import { HttpProblem } from './http/http-problem.ts';
import type { JsonResponse, OtherResponse, RouteDeclaration, StreamEvents } from './http/route.ts';

/** Makes the API document from the declarations that the requests are held against. */
export function createOpenApiDocument(
  declarations: readonly RouteDeclaration[],
): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const declaration of declarations) {
    const path = declaration.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [declaration.method]: toOperation(declaration) };
  }
  const components = { ...FRAME.components, schemas: eventDataOf(declarations) };
  return createDocument({ ...FRAME, components, paths, webhooks: describeEvents() });
}

/** What is sent to the addresses that have subscribed: OpenAPI calls the other direction `webhooks`. */
function describeEvents(): ZodOpenApiPathsObject {
  const entries = Object.entries(EVENTS).map(([type, { summary, schema }]) => [
    type,
    {
      post: {
        operationId: `on ${type}`.replaceAll(/[ ._]+(\w)/g, (_, letter: string) => letter.toUpperCase()),
        summary,
        tags: ['webhooks'],
        security: [],
        requestParams: { header: webhookHeadersSchema },
        requestBody: { required: true, content: { 'application/json': { schema } } },
        responses: {
          '2XX': {
            description: 'Taken. Anything else is sent again by the schedule, under the same `webhook-id`.',
          },
          '410': { description: 'Gone: the endpoint is switched off.' },
          '429': { description: 'Too much: nothing is sent before `Retry-After` has passed.' },
        },
      },
    } satisfies ZodOpenApiPathsObject[string],
  ]);
  return Object.fromEntries(entries) as ZodOpenApiPathsObject;
}

const FRAME = {
  openapi: '3.1.0',
  info: {
    title: 'Longshore',
    version: '0.1.0',
    description:
      'A commerce back office whose long-running work is durable. Times are ISO 8601 in UTC with milliseconds. Lists are read page by page with `limit` and `cursor`. Errors are ' +
      'problem documents (RFC 9457); their `type` leads to an explanation.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  tags: [
    { name: 'imports', description: 'From a file to a job.' },
    { name: 'jobs', description: 'Long-running operations: where they stand, and what became of each row.' },
    {
      name: 'orders',
      description: 'From an order to its parcel: where each stands, and what happened to it.',
    },
    { name: 'audit', description: 'What operators did.' },
    {
      name: 'records',
      description: 'Customers and products: to find, to change, to download, and what wrote them.',
    },
    {
      name: 'webhooks',
      description:
        'Who is told of events, and how that went. Messages are signed by Standard Webhooks 1.0.0.',
    },
    { name: 'keys', description: 'What programs show in place of a token.' },
    { name: 'session', description: 'Browsers and their streams.' },
    { name: 'system', description: 'Health, metrics and this document.' },
  ],
  components: {
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'A token, or a key of a program from POST /api/keys.',
      },
      cookie: {
        type: 'apiKey',
        in: 'cookie',
        name: 'longshore_session',
        description: 'Set by signing in; accepted on GET only.',
      },
      ticket: {
        type: 'apiKey',
        in: 'query',
        name: 'ticket',
        description: 'From POST /api/tickets; opens one stream, for 60 s.',
      },
    },
  },
} satisfies Omit<ZodOpenApiObject, 'paths'>;

function toOperation(declaration: RouteDeclaration): ZodOpenApiOperationObject {
  const { operationId, summary, description, tag, access, params, query, headers, body, upload } =
    declaration;
  return {
    operationId,
    summary,
    tags: [tag],
    ...(description === undefined ? {} : { description }),
    security: securityOf(declaration),
    ...(access === 'public' ? {} : { 'x-role': access }),
    requestParams: {
      ...(params === undefined ? {} : { path: params }),
      ...(query === undefined ? {} : { query }),
      ...(headers === undefined ? {} : { header: asWritten(headers) }),
    },
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: !body.safeParse(undefined).success,
            content: { 'application/json': { schema: body } },
          },
        }),
    ...(upload === undefined ? {} : { requestBody: toMultipart(upload) }),
    responses: { ...responsesOf(declaration), ...problemsOf(declaration) },
  };
}

/** Node gives names of headers in lower case; people write them as `Idempotency-Key`. */
function asWritten(headers: z.ZodObject): z.ZodObject {
  const entries = Object.entries(headers.shape).map(
    ([name, schema]) => [name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase()), schema] as const,
  );
  return z.object(Object.fromEntries(entries));
}

function securityOf({ access, method, stream }: RouteDeclaration): Record<string, string[]>[] {
  if (access === 'public') return [];
  const ways: Record<string, string[]>[] = [{ bearer: [] }];
  if (method === 'get') ways.push({ cookie: [] });
  if (stream === true) ways.push({ ticket: [] });
  return ways;
}

type Operation = ZodOpenApiOperationObject;
type RequestBody = NonNullable<Operation['requestBody']>;

function toMultipart({ fields, description }: NonNullable<RouteDeclaration['upload']>): RequestBody {
  return {
    required: true,
    content: { 'multipart/form-data': { schema: fields.extend({ file: z.file().meta({ description }) }) } },
  };
}

function responsesOf({ responses }: RouteDeclaration): Operation['responses'] {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [status, toResponse(response)]),
  );
}

function toResponse(response: JsonResponse | OtherResponse): NonNullable<Operation['responses']>['200'] {
  const headers = response.headers === undefined ? {} : { headers: response.headers };
  const { description } = response;
  if ('schema' in response) {
    const { schema, example } = response;
    return { description, ...headers, content: { 'application/json': { schema, example } } };
  }
  if (response.contentType === undefined) return { description, ...headers };
  const { contentType, events } = response;
  const example = response.example === undefined ? {} : { example: response.example };
  const schema = events === undefined ? ({ type: 'string' } as const) : toEventSchema(events);
  return { description, ...headers, content: { [contentType]: { schema, ...example } } };
}

/**
 * One event of a stream, as an EventSource reports it. OpenAPI 3.1 has no words for a sequence of them; 3.2 calls this schema
 * `itemSchema`. The data is JSON in a text: what is in that text is said by `contentSchema`.
 */
function toEventSchema({ data, ids }: StreamEvents): z.ZodType {
  const names = Object.keys(data);
  const references = [...new Set(Object.values(data).map(idOf))].map((id) => ({
    $ref: `#/components/schemas/${id}`,
  }));
  return z.looseObject({
    ...(ids ? { id: z.string().optional() } : {}),
    event: z.enum(names).optional().meta({ description: '`message` where a stream sends no name.' }),
    data: z
      .string()
      .optional()
      .meta({
        contentMediaType: 'application/json',
        contentSchema: references.length === 1 ? references[0] : { anyOf: references },
      }),
  });
}

/** Schemas that stand in no answer but in the data of events. */
function eventDataOf(declarations: readonly RouteDeclaration[]): Record<string, z.ZodType> {
  const schemas = declarations
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap((response) => ('events' in response ? Object.values(response.events?.data ?? {}) : []));
  return Object.fromEntries(schemas.map((schema) => [idOf(schema), schema]));
}

function idOf(schema: z.ZodType): string {
  const id = schema.meta()?.id;
  if (id === undefined) throw new Error('the data of an event has no name in the API document');
  return id;
}

/** What may go well later says when. */
const RETRIED: ReadonlySet<number> = new Set([429, 503]);
const retryAfterSchema = z.object({
  'Retry-After': z
    .string()
    .regex(/^\d+$/)
    .meta({ description: 'Seconds until the next request is welcome.', example: '5' }),
});

/** One response per status: OpenAPI knows no two of the same, so problem types of one status share it as examples. */
function problemsOf(declaration: RouteDeclaration): Operation['responses'] {
  const byStatus = Map.groupBy(problemCodesOf(declaration), (code) => PROBLEMS[code].status);
  const entries = [...byStatus].map(([status, codes]) => [
    String(status),
    {
      description: codes.map((code) => PROBLEMS[code].title).join(', or: '),
      ...(RETRIED.has(status) ? { headers: retryAfterSchema } : {}),
      content: {
        'application/problem+json': {
          schema: problemSchema,
          examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code, declaration) }])),
        },
      },
    },
  ]);
  return Object.fromEntries(entries) as Operation['responses'];
}

/** Those that a route names, and those that follow from what it declares. */
export function problemCodesOf(declaration: RouteDeclaration): ProblemCode[] {
  const { access, params, query, headers, body, upload, problems } = declaration;
  const codes = new Set<ProblemCode>(problems);
  if (access !== 'public') codes.add('unauthenticated');
  if (access !== 'public' && access !== 'viewer') codes.add('forbidden');
  if (params !== undefined) codes.add('not-found').add('malformed-request');
  if (body !== undefined) codes.add('malformed-request').add('too-large').add('unsupported-media-type');
  if (
    access !== 'public' ||
    query !== undefined ||
    headers !== undefined ||
    body !== undefined ||
    upload !== undefined
  ) {
    codes.add('invalid');
  }
  codes.add('internal');
  if (access !== 'public') codes.add('unavailable').add('too-many-requests');
  return [...codes].sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}

function exampleOf(code: ProblemCode, { path, upload }: RouteDeclaration): unknown {
  const errors = [
    {
      pointer: upload === undefined ? '#/limit' : '#/kind',
      code: 'required',
      detail: 'This field is required.',
    },
  ];
  return new HttpProblem(code, PROBLEMS[code].title, code === 'invalid' ? { errors } : {}).toDocument(path);
}
