import { pageOf } from '../../contracts/http/common.ts';
import {
  listRecordChangesQuerySchema,
  listRecordsQuerySchemaOf,
  recordChangeSchemaOf,
  recordHeadersSchema,
  recordParamsSchema,
  recordSchemaOf,
} from '../../contracts/http/record.ts';
import { toKey } from '../../domain/keys.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import { listRecordWrites } from '../../prisma/repositories/record-history.ts';
import {
  findNewestRecordId,
  findRecord,
  listRecords,
  readAllRecords,
} from '../../prisma/repositories/records.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { sendCsv } from '../http/send-csv.ts';
import { badCursor, decodeIdCursor, toPage } from '../views/cursor.ts';
import { decodeHistoryCursor, toHistoryPosition } from '../views/history-cursor.ts';
import { changeExamplesOf, csvExampleOf, recordExampleOf } from '../views/record-examples.ts';
import { toEntityTag, viewRecord, viewWrite } from '../views/record-view.ts';
import { writeRecordsCsv } from '../views/records-csv.ts';
import { found } from './shared.ts';

/** The routes of a kind of record, made from what the kind says of itself. */
function declareRecordRoutes(kind: Kind) {
  const { name, singular, keyColumn } = kind;
  const recordSchema = recordSchemaOf(kind);
  const changeSchema = recordChangeSchemaOf(kind);
  const operation = singular.charAt(0).toUpperCase() + singular.slice(1);
  const operations = name.charAt(0).toUpperCase() + name.slice(1);
  const path = `/api/${name}`;

  return {
    list: declareRoute({
      method: 'get',
      path,
      operationId: `list${operations}`,
      summary: `List ${name}, newest first`,
      description:
        'In the order in which they were created. What is created meanwhile does not move the pages after. ' +
        `With ${keyColumn}: the one ${singular} that has it, or none.`,
      tag: 'records',
      access: 'viewer',
      query: listRecordsQuerySchemaOf(kind),
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
        'Each entry has the columns that the write changed. The last entry of the last page is the creation. ' +
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
export function mountRecords(router: ApiRouter, { database: { pool } }: AppDeps): void {
  for (const { kind, routes } of RECORD_ROUTES) {
    mountRoute(
      router,
      routes.list,
    )(async ({ query }) => {
      const { limit, cursor, [kind.keyColumn]: wanted }: Record<string, unknown> & typeof query = query;
      const records = await listRecords(pool, kind, {
        key: typeof wanted === 'string' ? toKey(wanted) : undefined,
        before: decodeIdCursor(kind.name, cursor),
        limit: limit + 1,
      });
      const page = toPage(
        kind.name,
        records,
        limit,
        ({ id }) => id,
        (record) => viewRecord(record, kind),
      );
      return { status: 200, body: page };
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
      const record = found(await findRecord(pool, kind, params.id));
      const writes = await listRecordWrites(pool, kind, record.id, after, limit + 1);
      if (writes === null && after !== null) throw badCursor();
      const page = toPage(list, found(writes), limit, toHistoryPosition, (write) =>
        viewWrite(write, kind, record.createdAt),
      );
      return { status: 200, body: page };
    });
  }
}
