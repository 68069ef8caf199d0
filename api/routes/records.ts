import { pageOf } from '../../contracts/http/common.ts';
import {
  listRecordChangesQuerySchema,
  listRecordsQuerySchemaOf,
  recordChangeSchemaOf,
  recordHeadersSchema,
  recordParamsSchema,
} from '../../contracts/http/record.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import { partCodeOf } from '../../platform/error-table.ts';
import { findRecordLife, listRecordWrites } from '../../prisma/repositories/record-history.ts';
import { listRecords, type RecordPosition, sortsOf } from '../../prisma/repositories/record-lists.ts';
import { findNewestRecordId, findRecord, readAllRecords } from '../../prisma/repositories/records.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { sendCsv } from '../http/send-csv.ts';
import { badCursor, toPage } from '../views/cursor.ts';
import { decodeHistoryCursor, toHistoryPosition } from '../views/history-cursor.ts';
import { decodeRecordCursor, toRecordPosition } from '../views/record-cursor.ts';
import { changeExamplesOf, csvExampleOf, recordExampleOf } from '../views/record-examples.ts';
import { RECORD_SCHEMAS } from '../views/record-schemas.ts';
import { toRecordFilter, toRecordSort } from '../views/record-filter.ts';
import { toEntityTag, viewRecord, viewWrite } from '../views/record-view.ts';
import { writeRecordsCsv } from '../views/records-csv.ts';
import { found } from './shared.ts';

/** The routes of a kind of record, made from what the kind says of itself. */
function declareRecordRoutes(kind: Kind) {
  const { name, singular, keyColumn } = kind;
  const recordSchema = RECORD_SCHEMAS[name];
  const changeSchema = recordChangeSchemaOf(kind);
  const operation = singular.charAt(0).toUpperCase() + singular.slice(1);
  const operations = name.charAt(0).toUpperCase() + name.slice(1);
  const path = `/api/${name}`;

  return {
    list: declareRoute({
      method: 'get',
      path,
      operationId: `list${operations}`,
      summary: `List, search and filter ${name}`,
      description:
        'Newest first unless `sort` says otherwise. What is created meanwhile does not move the pages after. ' +
        `With ${keyColumn}: the one ${singular} that has it, or none. All filters that are given must hold. ` +
        'By creation or by key and without filters, a list is always of this moment; others show what an import ' +
        'wrote some time after it has ended. A page can have less than `limit` items and yet not be the last one.',
      tag: 'records',
      access: 'viewer',
      query: listRecordsQuerySchemaOf(kind, sortsOf(kind)),
      responses: {
        200: {
          description: `A page of ${name}.`,
          schema: pageOf(recordSchema),
          example: { items: [recordExampleOf(kind)], nextCursor: null },
        },
      },
      problems: ['bad-cursor'],
    }),

    exportCsv: declareRoute({
      method: 'get',
      path: `${path}/export.csv`,
      operationId: `export${operations}`,
      summary: `Download all ${name}`,
      description:
        'Oldest first, each as it stands when it is written; those created while the download runs are left out. ' +
        'The file can be imported as it is. ' +
        "A cell that a spreadsheet would run as a formula has one more ' in front, which an import takes off again.",
      tag: 'records',
      access: 'viewer',
      responses: {
        200: {
          description: 'UTF-8 with a byte order mark, comma, lines that end in CRLF.',
          contentType: 'text/csv',
          example: csvExampleOf(kind),
        },
      },
      problems: [],
    }),

    get: declareRoute({
      method: 'get',
      path: `${path}/:id`,
      operationId: `get${operation}`,
      summary: `Read a ${singular}`,
      tag: 'records',
      access: 'viewer',
      params: recordParamsSchema,
      responses: {
        200: {
          description: `The ${singular} as it is now.`,
          schema: recordSchema,
          example: recordExampleOf(kind),
          headers: recordHeadersSchema,
        },
      },
      problems: [],
    }),

    history: declareRoute({
      method: 'get',
      path: `${path}/:id/history`,
      operationId: `list${operation}Changes`,
      summary: `List what wrote a ${singular}, newest first`,
      description:
        'Each entry has the columns that the write changed. One that was deleted still has its history. The last entry of the last page is the creation. ' +
        'Where changes have been removed because of their age, it says so in `changesRemoved`.',
      tag: 'records',
      access: 'viewer',
      params: recordParamsSchema,
      query: listRecordChangesQuerySchema,
      responses: {
        200: {
          description: 'A page of changes.',
          schema: pageOf(changeSchema),
          example: { items: changeExamplesOf(kind), nextCursor: null },
        },
      },
      problems: ['bad-cursor'],
    }),
  };
}

/** Made once: a schema with a name in the API document must be the same wherever it is used. */
const RECORD_ROUTES = Object.values(KINDS).map((kind) => ({ kind, routes: declareRecordRoutes(kind) }));

/** Customers, products, and every other kind of record. */
export function mountRecords(router: ApiRouter, { database }: AppDeps): void {
  const { pool } = database;
  for (const { kind, routes } of RECORD_ROUTES) {
    mountRoute(
      router,
      routes.list,
    )(async ({ query }) => {
      const { limit, cursor, sort: order } = query;
      const filter = toRecordFilter(kind, query);
      const sort = toRecordSort(order);
      const after = decodeRecordCursor(kind.name, filter, sort, cursor);
      const listed = await withCursor(after, () =>
        listRecords(database, kind, { filter, sort, after, limit: limit + 1 }),
      );
      const page = toPage(
        kind.name,
        listed,
        limit,
        ({ position }) => toRecordPosition(filter, sort, position),
        ({ record }) => record,
      );
      const items = page.items.filter((record) => record !== null);
      return { status: 200, body: { ...page, items: items.map((record) => viewRecord(record, kind)) } };
    });

    // Before the address of one record, which would take the file's name for an id.
    mountRoute(
      router,
      routes.exportCsv,
    )(async ({ request, response }) => {
      // Also shows that the database answers, while there is still a way to say that it does not.
      const newest = await findNewestRecordId(pool, kind);
      const filename = `${kind.name}-${new Date().toISOString().slice(0, 10)}.csv`;
      const lines = writeRecordsCsv(kind, readAllRecords(pool, kind, newest));
      return await sendCsv(request, response, filename, lines);
    });

    mountRoute(
      router,
      routes.get,
    )(async ({ params }) => {
      const record = found(await findRecord(pool, kind, params.id));
      return {
        status: 200,
        body: viewRecord(record, kind),
        headers: { ETag: toEntityTag(record.version) },
      };
    });

    mountRoute(
      router,
      routes.history,
    )(async ({ params, query: { limit, cursor } }) => {
      const list = `${kind.name}-history` as const;
      const after = decodeHistoryCursor(list, cursor);
      const life = found(await findRecordLife(pool, kind, params.id));
      const writes = await listRecordWrites(pool, kind, life, after, limit + 1);
      if (writes === null && after !== null) throw badCursor();
      const page = toPage(list, found(writes), limit, toHistoryPosition, (write) =>
        viewWrite(write, kind, life.createdAt),
      );
      return { status: 200, body: page };
    });
  }
}

/** A cursor that was made by hand may hold what the database can't read as a value of the column. */
async function withCursor<T>(after: RecordPosition | null, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (after !== null && partCodeOf(error) === 'data_refused') throw badCursor();
    throw error;
  }
}
