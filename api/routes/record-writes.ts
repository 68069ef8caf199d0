import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import {
  createRecordHeadersSchema,
  recordHeadersSchema,
  recordInputSchemaOf,
  recordParamsSchema,
} from '../../contracts/http/record.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import { type InputValue, readRecordInput } from '../../domain/record-input.ts';
import type { ValidatedRow } from '../../domain/validate-row.ts';
import {
  changeRecord,
  createRecord,
  deleteRecord,
  type KeyTaken,
  type RequestWrite,
} from '../../prisma/repositories/record-writes.ts';
import type { StoredRecord } from '../../prisma/repositories/records.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { changedMeanwhile, ifMatchHeadersSchema, readIfMatch } from '../http/if-match.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { recordExampleOf } from '../views/record-examples.ts';
import { RECORD_SCHEMAS } from '../views/record-schemas.ts';
import { toEntityTag, viewRecord } from '../views/record-view.ts';
import { notFound } from './shared.ts';

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
      problems: ['malformed-request', 'precondition-failed', 'precondition-required'],
    }),
  };
}

const WRITE_ROUTES = Object.values(KINDS).map((kind) => ({ kind, routes: declareRecordWrites(kind) }));

/** Writes of single customers, products, and every other kind of record. */
export function mountRecordWrites(router: ApiRouter, { database }: AppDeps): void {
  for (const { kind, routes } of WRITE_ROUTES) {
    mountRoute(
      router,
      routes.create,
    )(async ({ body, headers, principal }) => {
      const row = readInput(kind, body, true);
      const write = writeBy(principal.subject);
      const key = headers['idempotency-key'];
      const claim = key === undefined ? null : { principal: write.by, key, request: digestOf(kind, row) };
      const created = await createRecord(database, kind, row, write, claim);
      switch (created.result) {
        case 'key-taken':
          throw keyTaken(kind, created);
        case 'mismatch':
          throw new HttpProblem(
            'idempotency-mismatch',
            'This Idempotency-Key was used for another request, or with other values.',
          );
        case 'created':
          return answer(201, created.record);
        case 'repeated':
          if (created.record !== null) return answer(200, created.record);
          throw new HttpProblem(
            'not-found',
            `The ${kind.singular} of this Idempotency-Key has been deleted since.`,
          );
      }
    });

    mountRoute(
      router,
      routes.change,
    )(async ({ params, headers, body, principal }) => {
      const expected = readIfMatch(headers['if-match']);
      const row = readInput(kind, body, false);
      const changed = await changeRecord(
        database,
        kind,
        params.id,
        row,
        expected,
        writeBy(principal.subject),
      );
      switch (changed.result) {
        case 'missing':
          throw notFound();
        case 'other-version':
          throw changedMeanwhile();
        case 'key-taken':
          throw keyTaken(kind, changed);
        case 'changed':
        case 'unchanged': {
          const { record } = changed;
          return {
            status: 200,
            body: viewRecord(record, kind),
            headers: { ETag: toEntityTag(record.version) },
          };
        }
      }
    });

    mountRoute(
      router,
      routes.remove,
    )(async ({ params, headers, principal }) => {
      const expected = readIfMatch(headers['if-match']);
      const result = await deleteRecord(database, kind, params.id, expected, writeBy(principal.subject));
      if (result === 'missing') throw notFound();
      if (result === 'other-version') throw changedMeanwhile();
      return { status: 204 };
    });

    const answer = <Status extends 200 | 201>(status: Status, record: StoredRecord) => ({
      status,
      body: viewRecord(record, kind),
      headers: { Location: `/api/${kind.name}/${record.id}`, ETag: toEntityTag(record.version) },
    });
  }
}

/** The request gets an id, which its change is known by. */
function writeBy(subject: string): RequestWrite {
  return { changeId: uuidv7(), by: subject };
}

/** @throws {HttpProblem} `invalid`, with a line for each column that breaks a rule */
function readInput(
  kind: Kind,
  given: Readonly<Record<string, InputValue | undefined>>,
  isNew: boolean,
): ValidatedRow {
  const row = readRecordInput(kind, given, isNew);
  if (row.errors.length === 0) return row;
  const errors = row.errors.map(({ column, code, message }) => ({
    pointer: column === null ? '#' : `#/${column}`,
    code,
    detail: message,
  }));
  throw new HttpProblem('invalid', errors.map(({ detail }) => detail).join('; '), { errors });
}

/** Of what is asked, however it is written: the same values give the same one. */
function digestOf({ name }: Kind, { cells }: ValidatedRow): string {
  return createHash('sha256')
    .update(JSON.stringify({ create: name, cells }))
    .digest('hex');
}

function keyTaken({ keyColumn, singular }: Kind, { existingId }: KeyTaken): HttpProblem {
  const who = existingId === null ? `Another ${singular}` : `The ${singular} ${existingId}`;
  const detail = `${who} has this ${keyColumn} already.`;
  return new HttpProblem('key-taken', detail, {
    errors: [{ pointer: `#/${keyColumn}`, code: 'key_taken', detail }],
    ...(existingId === null ? {} : { existingId }),
  });
}
