import { z } from 'zod';
import {
  createRecordHeadersSchema,
  recordHeadersSchema,
  recordInputSchemaOf,
  recordParamsSchema,
} from '../../contracts/http/record.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import type { AppDeps } from '../deps.ts';
import { ifMatchHeadersSchema, readIfMatch } from '../http/if-match.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { changeOne, createOne, deleteOne } from '../services/write-record.ts';
import { recordExampleOf } from '../views/record-examples.ts';
import { actorOf } from './shared.ts';
import { RECORD_SCHEMAS } from '../views/record-schemas.ts';
import { toEntityTag, viewRecord } from '../views/record-view.ts';

/** Room for the longest description, every character of it escaped. */
const MAX_BODY_BYTES = 1024 * 1024;

/** The routes that write a kind of record, made from what the kind says of itself. */
function declareRecordWrites(kind: Kind) {
  const recordSchema = RECORD_SCHEMAS[kind.name];
  const { name, singular, keyColumn } = kind;
  const operation = singular.charAt(0).toUpperCase() + singular.slice(1);
  const path = `/api/${name}`;
  const example = recordExampleOf(kind);
  const location = recordHeadersSchema.extend({
    Location: z.string().meta({ description: `Where the ${singular} is.`, example: `${path}/${example.id}` }),
  });

  return {
    create: declareRoute({
      method: 'post',
      path,
      operationId: `create${operation}`,
      summary: `Create a ${singular}`,
      description:
        'By the rules that the rows of a file are held against. A client that does not get the answer sends the same ' +
        'request again under the same Idempotency-Key.',
      tag: 'records',
      access: 'operator',
      headers: createRecordHeadersSchema,
      body: recordInputSchemaOf(kind, true),
      maxBodyBytes: MAX_BODY_BYTES,
      responses: {
        201: { description: 'Created.', schema: recordSchema, example, headers: location },
        200: {
          description: 'Created before, under the same Idempotency-Key; as it is now.',
          schema: recordSchema,
          example,
          headers: location,
        },
      },
      problems: ['key-taken', 'not-found', 'idempotency-mismatch'],
    }),

    change: declareRoute({
      method: 'patch',
      path: `${path}/:id`,
      operationId: `change${operation}`,
      summary: `Change a ${singular}`,
      description:
        `Columns that are left out stay as they are; also ${keyColumn} can be changed, unless another one has it. ` +
        'A change that says nothing new is 200 and leaves version, time and history as they are.',
      tag: 'records',
      access: 'operator',
      params: recordParamsSchema,
      headers: ifMatchHeadersSchema,
      body: recordInputSchemaOf(kind, false),
      maxBodyBytes: MAX_BODY_BYTES,
      responses: {
        200: {
          description: `The ${singular} as it is now.`,
          schema: recordSchema,
          example,
          headers: recordHeadersSchema,
        },
      },
      problems: ['key-taken', 'precondition-failed', 'precondition-required'],
    }),

    remove: declareRoute({
      method: 'delete',
      path: `${path}/:id`,
      operationId: `delete${operation}`,
      summary: `Delete a ${singular}`,
      description: 'Its history stays, with the values that it had.',
      tag: 'records',
      access: 'operator',
      params: recordParamsSchema,
      headers: ifMatchHeadersSchema,
      responses: { 204: { description: 'It is gone.' } },
      problems: [
        'malformed-request',
        ...(kind.taken === null ? [] : ['wrong-state' as const]),
        'precondition-failed',
        'precondition-required',
      ],
    }),
  };
}

const WRITE_ROUTES = Object.values(KINDS).map((kind) => ({ kind, routes: declareRecordWrites(kind) }));

/** Writes of single customers, products, and every other kind of record. */
export function mountRecordWrites(router: ApiRouter, deps: AppDeps): void {
  for (const { kind, routes } of WRITE_ROUTES) {
    mountRoute(
      router,
      routes.create,
    )(async ({ body, headers, principal, request }) => {
      const key = headers['idempotency-key'];
      const { record, isNew } = await createOne(deps, kind, body, actorOf(principal, request), key);
      return {
        status: isNew ? 201 : 200,
        body: viewRecord(record, kind),
        headers: { Location: `/api/${kind.name}/${record.id}`, ETag: toEntityTag(record.version) },
      };
    });

    mountRoute(
      router,
      routes.change,
    )(async ({ params, headers, body, principal, request }) => {
      const expected = readIfMatch(headers['if-match']);
      const record = await changeOne(deps, kind, params.id, body, expected, actorOf(principal, request));
      return {
        status: 200,
        body: viewRecord(record, kind),
        headers: { ETag: toEntityTag(record.version) },
      };
    });

    mountRoute(
      router,
      routes.remove,
    )(async ({ params, headers, principal, request }) => {
      const expected = readIfMatch(headers['if-match']);
      await deleteOne(deps, kind, params.id, expected, actorOf(principal, request));
      return { status: 204 };
    });
  }
}
