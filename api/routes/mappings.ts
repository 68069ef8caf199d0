import { z } from 'zod';
import { pageOf } from '../../contracts/http/common.ts';
import {
  changeMappingSchema,
  createMappingSchema,
  listMappingsQuerySchema,
  mappingExample,
  mappingParamsSchema,
  mappingSchema,
} from '../../contracts/http/mapping.ts';
import type { FieldProblem } from '../../contracts/http/problem.ts';
import type { ImportKind } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { countsColumns, readCallerMapping, unknownColumns } from '../../domain/mapping/caller-mapping.ts';
import { fingerprintHeader, fingerprintHeaderOrder, HeaderIndex } from '../../domain/mapping/header-name.ts';
import type { CallerMapping } from '../../domain/mapping/mapping.ts';
import {
  changeMapping,
  createMapping,
  deleteMapping,
  findMapping,
  listMappings,
  type SavedMapping,
} from '../../prisma/repositories/mappings.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';
import { changedMeanwhile, ifMatchHeadersSchema, readIfMatch } from '../http/if-match.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { decodeIdCursor, toPage } from '../views/cursor.ts';
import { viewMapping } from '../views/mapping-view.ts';
import { toEntityTag } from '../views/record-view.ts';
import { found } from './shared.ts';

const entityTag = z.object({
  ETag: z
    .string()
    .meta({ description: 'The version, to be sent as If-Match with a change.', example: '"1"' }),
});

const listMappingsRoute = declareRoute({
  method: 'get',
  path: '/api/mappings',
  operationId: 'listMappings',
  summary: 'List saved mappings, newest first',
  tag: 'imports',
  access: 'viewer',
  query: listMappingsQuerySchema,
  responses: {
    200: {
      description: 'A page of mappings.',
      schema: pageOf(mappingSchema),
      example: { items: [mappingExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

const createMappingRoute = declareRoute({
  method: 'post',
  path: '/api/mappings',
  operationId: 'createMapping',
  summary: 'Save a mapping under a name',
  description:
    'Says how the columns of a file are to be read. Saved with the header of a file, it is suggested when a file comes with the ' +
    'same headers, in whatever order; one that counts columns only when they come in the same order.',
  tag: 'imports',
  access: 'operator',
  body: createMappingSchema,
  responses: {
    201: {
      description: 'Saved.',
      schema: mappingSchema,
      example: mappingExample,
      headers: entityTag.extend({
        Location: z.string().meta({
          description: 'Where the mapping is.',
          example: '/api/mappings/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b12',
        }),
      }),
    },
  },
  problems: ['name-taken'],
});

const getMappingRoute = declareRoute({
  method: 'get',
  path: '/api/mappings/:id',
  operationId: 'getMapping',
  summary: 'Read a saved mapping',
  tag: 'imports',
  access: 'viewer',
  params: mappingParamsSchema,
  responses: {
    200: {
      description: 'The mapping as it is now.',
      schema: mappingSchema,
      example: mappingExample,
      headers: entityTag,
    },
  },
  problems: [],
});

const changeMappingRoute = declareRoute({
  method: 'patch',
  path: '/api/mappings/:id',
  operationId: 'changeMapping',
  summary: 'Change a saved mapping',
  description:
    'Fields that are left out stay as they are; `columns` replaces all of them. Jobs that were accepted before keep what they had. ' +
    'With `header` null it is not suggested any more.',
  tag: 'imports',
  access: 'operator',
  params: mappingParamsSchema,
  headers: ifMatchHeadersSchema,
  body: changeMappingSchema,
  responses: {
    200: {
      description: 'The mapping as it is now.',
      schema: mappingSchema,
      example: { ...mappingExample, version: 2 },
      headers: entityTag,
    },
  },
  problems: ['name-taken', 'precondition-failed', 'precondition-required'],
});

const deleteMappingRoute = declareRoute({
  method: 'delete',
  path: '/api/mappings/:id',
  operationId: 'deleteMapping',
  summary: 'Delete a saved mapping',
  description: 'Jobs that were accepted with it keep what they had.',
  tag: 'imports',
  access: 'operator',
  params: mappingParamsSchema,
  headers: ifMatchHeadersSchema,
  responses: { 204: { description: 'It is gone.' } },
  problems: ['precondition-failed', 'precondition-required'],
});

/** Mappings that callers save and use again. */
export function mountMappings(router: ApiRouter, { database: { pool } }: AppDeps): void {
  mountRoute(
    router,
    listMappingsRoute,
  )(async ({ query: { kind, limit, cursor } }) => {
    const before = decodeIdCursor('mappings', cursor);
    const mappings = await listMappings(pool, { kind, before, limit: limit + 1 });
    return { status: 200, body: toPage('mappings', mappings, limit, ({ id }) => id, viewMapping) };
  });

  mountRoute(
    router,
    createMappingRoute,
  )(async ({ body, principal }) => {
    const { name, kind, columns, header } = body;
    checkColumns(kind, columns, header ?? null);
    const headerFingerprint = header === undefined ? null : fingerprint(columns, header);
    const mapping = await createMapping(pool, {
      name,
      kind,
      columns,
      headerFingerprint,
      createdBy: principal.subject,
    });
    if (mapping === null) throw nameTaken(name);
    return {
      status: 201,
      body: viewMapping(mapping),
      headers: { Location: `/api/mappings/${mapping.id}`, ETag: toEntityTag(mapping.version) },
    };
  });

  mountRoute(
    router,
    getMappingRoute,
  )(async ({ params }) => {
    const mapping = found(await findMapping(pool, params.id));
    return { status: 200, body: viewMapping(mapping), headers: { ETag: toEntityTag(mapping.version) } };
  });

  mountRoute(
    router,
    changeMappingRoute,
  )(async ({ params, headers, body }) => {
    const mapping = await readExpected(params.id, headers['if-match']);
    const { name, header } = body;
    const columns = body.columns ?? mapping.columns;
    checkColumns(mapping.kind, columns, header ?? null);
    if (header === undefined && mapping.headerFingerprint !== null && countsMore(mapping.columns, columns)) {
      const detail = 'Send the header too: a mapping that counts columns is bound to their order.';
      throw invalidField('#/header', 'required', detail);
    }
    const changed = await changeMapping(pool, mapping, {
      ...(name !== undefined && { name }),
      ...(body.columns !== undefined && { columns }),
      ...(header !== undefined && {
        headerFingerprint: header === null ? null : fingerprint(columns, header),
      }),
    });
    if (changed === 'name-taken') throw nameTaken(name ?? mapping.name);
    if (changed === null) throw changedMeanwhile();
    return { status: 200, body: viewMapping(changed), headers: { ETag: toEntityTag(changed.version) } };
  });

  mountRoute(
    router,
    deleteMappingRoute,
  )(async ({ params, headers }) => {
    const mapping = await readExpected(params.id, headers['if-match']);
    if (!(await deleteMapping(pool, mapping))) throw changedMeanwhile();
    return { status: 204 };
  });

  /** The mapping in the version that the request names. */
  async function readExpected(id: string, ifMatch: string | undefined): Promise<SavedMapping> {
    const expected = readIfMatch(ifMatch);
    const mapping = found(await findMapping(pool, id));
    if (expected !== 'any' && !expected.includes(mapping.version)) throw changedMeanwhile();
    return mapping;
  }
}

function nameTaken(name: string): HttpProblem {
  return new HttpProblem('name-taken', `There is a mapping "${name}" already. Choose another name.`);
}

function countsMore(before: CallerMapping, after: CallerMapping): boolean {
  return countsColumns(after) && !countsColumns(before);
}

function fingerprint(columns: CallerMapping, header: readonly string[]): string | null {
  return countsColumns(columns) ? fingerprintHeaderOrder(header) : fingerprintHeader(header);
}

/** @throws {HttpProblem} `invalid`, with a line for each column that the kind, or header that the file, does not have */
function checkColumns(kind: ImportKind, columns: CallerMapping, header: readonly string[] | null): void {
  const problems =
    header === null
      ? unknownColumns(columns, IMPORTABLE[kind])
      : readCallerMapping(columns, new HeaderIndex(header), IMPORTABLE[kind], 'The header').problems;
  if (problems.length === 0) return;
  const errors = problems.map(({ code, message, columns: [column = ''] }): FieldProblem => {
    const pointer = `#/columns/${encodeURIComponent(column.replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    return { pointer, code, detail: message };
  });
  throw new HttpProblem('invalid', problems.map(({ message }) => message).join(' '), { errors });
}
