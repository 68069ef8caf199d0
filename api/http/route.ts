import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { ProblemCode } from '../../contracts/errors.ts';
import type { Role } from '../../contracts/words.ts';
import type { Principal } from '../../platform/tokens.ts';
import type { Upload } from '../uploads/receive-upload.ts';

/** An answer in JSON. */
export interface JsonResponse {
  description: string;
  schema: z.ZodType;
  example: unknown;
  headers?: z.ZodObject;
}

/** The events of a live stream. */
export interface StreamEvents {
  /** What the data of each event is, as JSON, by its name; `message` for those without one. */
  data: Readonly<Record<string, z.ZodType>>;
  /** Whether events have ids, for Last-Event-ID. */
  ids: boolean;
}

/** An answer without a body, or one that the handler writes itself. */
export interface OtherResponse {
  description: string;
  /** Media type of what the handler writes; nothing is written when missing. */
  contentType?: string;
  /** Of a stream of events: what each one looks like. */
  events?: StreamEvents;
  example?: string;
  headers?: z.ZodObject;
}

/** A route as data: requests are held against it, and roles are enforced by it. */
export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** As express writes it, with `:name` for parameters. */
  path: string;
  /** The lowest role that may call it. */
  access: 'public' | Role;
  /** A live stream: it can also be opened by a ticket for its path, and does not count as a slow answer. */
  stream?: true;
  /** What does not match is not found. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Request headers that mean something, by their names in lower case. */
  headers?: z.ZodObject;
  /** JSON body. */
  body?: z.ZodType;
  /** How long it may be; 100 KiB when missing. */
  maxBodyBytes?: number;
  /** A file with text fields, instead of a JSON body. */
  upload?: { fields: z.ZodObject };
  /** By status; `schema` is that of a JSON body. */
  responses: Readonly<Record<number, object>>;
}

/** A route of the API document, which is made from the same data, so that it can't differ from what the route does. */
export interface RouteDeclaration extends Route {
  /** Name of the operation in the API document, and of the method in clients made from it. */
  operationId: string;
  summary: string;
  description?: string;
  tag: 'imports' | 'jobs' | 'orders' | 'audit' | 'records' | 'webhooks' | 'keys' | 'session' | 'system';
  upload?: { fields: z.ZodObject; description: string };
  responses: Readonly<Record<number, JsonResponse | OtherResponse>>;
  /** Problems of its own; those that follow from the rest of the declaration are added. */
  problems: readonly ProblemCode[];
}

/** The handler has written the answer itself. */
export const SENT = 'sent' as const;

type Parsed<Schema, Missing> = Schema extends z.ZodType ? z.output<Schema> : Missing;

/** A request that has passed everything that its route declares. */
export interface RouteRequest<D extends Route> {
  params: Parsed<D['params'], undefined>;
  query: Parsed<D['query'], undefined>;
  headers: Parsed<D['headers'], undefined>;
  body: Parsed<D['body'], undefined>;
  /** The stored file; removed after the handler unless it was kept. */
  upload: D['upload'] extends { fields: infer Fields }
    ? Upload & { fields: Parsed<Fields, never> }
    : undefined;
  principal: D['access'] extends 'public' ? Principal | null : Principal;
  request: Request;
  response: Response;
}

type AnswerWith<Status, R> = R extends { schema: infer Schema extends z.ZodType }
  ? { status: Status; body: z.input<Schema>; headers?: Record<string, string> }
  : { status: Status; headers?: Record<string, string> };

/** One of the answers that a route declares. */
type RouteAnswer<D extends Route> = {
  [Status in keyof D['responses']]: AnswerWith<Status, D['responses'][Status]>;
}[keyof D['responses']];

export type RouteHandler<D extends Route> = (
  request: RouteRequest<D>,
) => Promise<RouteAnswer<D> | typeof SENT> | RouteAnswer<D> | typeof SENT;

/** Keeps the exact types of a declaration, from which those of its handler are made. */
export function declareRoute<const D extends RouteDeclaration>(declaration: D): D {
  return declaration;
}
