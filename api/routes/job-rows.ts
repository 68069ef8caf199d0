import { jobParamsSchema } from '../../contracts/http/job.ts';
import { listRowsQuerySchema, rowExample, rowPageSchema } from '../../contracts/http/row.ts';
import { readingExample, readingSchema } from '../../contracts/http/reading.ts';
import { isEnded, type JobType, type KeptPart, type Outcome } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { needsFile } from '../../prisma/repositories/chunks.ts';
import {
  findRecordIds,
  isErased,
  type JobRow,
  listJobRows,
  readJobRows,
  readSearchWindow,
  readUnprocessedRows,
  type RowBatch,
} from '../../prisma/repositories/job-rows.ts';
import { findJobFile, type JobFile } from '../../prisma/repositories/jobs.ts';
import { listTargetRows } from '../../prisma/repositories/target-rows.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { sendCsv } from '../http/send-csv.ts';
import { splitFilename } from '../uploads/filename.ts';
import { decodeCursor, encodeCursor, toPage } from '../views/cursor.ts';
import { writeErrorsCsv, writeRecordsOfFile } from '../views/errors-csv.ts';
import { createRawRecords } from '../views/raw-records.ts';
import { viewReading } from '../views/reading-view.ts';
import { viewRow } from '../views/row-view.ts';
import { refuseExpired, whileKept } from './expired.ts';
import { found, wrongState } from './shared.ts';

const listRows = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/rows',
  operationId: 'listJobRows',
  summary: 'List the rows of a job',
  description:
    'In the order of the file; rows that have not been parsed yet are not listed. A search looks through some 50,000 rows at once, ' +
    'and its pages go on where it ended.',
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  query: listRowsQuerySchema,
  responses: {
    200: {
      description: 'A page of rows.',
      schema: rowPageSchema,
      example: { items: [rowExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor', 'expired'],
});

const getErrorsCsv = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/errors.csv',
  operationId: 'getJobErrorsCsv',
  summary: 'Download the records that did not go in',
  description:
    "One line for each rejected or failed record: the file's own columns and cells, then longshore_row, longshore_line, " +
    'longshore_columns, longshore_codes and longshore_messages. Repair it and upload it again. ' +
    "A cell that a spreadsheet would run as a formula has one more ' in front, which an import takes off again.",
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  responses: {
    200: {
      description: 'UTF-8 with a byte order mark and the delimiter of the file.',
      contentType: 'text/csv',
      example:
        'sku,name,price,longshore_row,longshore_line,longshore_columns,longshore_codes,longshore_messages\r\n' +
        'SKU-17,Blue mug,cheap,17,18,price,invalid_number,The value is not a number.\r\n',
    },
  },
  problems: ['expired'],
});

const getUnprocessedCsv = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/unprocessed.csv',
  operationId: 'getJobUnprocessedCsv',
  summary: 'Download the records that an ended job never reached',
  description:
    "The file's own columns and cells, as they are in it: of a job that was cancelled, abandoned or aborted, what is left to be " +
    'uploaded again.',
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  responses: {
    200: {
      description: 'UTF-8 with a byte order mark and the delimiter of the file.',
      contentType: 'text/csv',
      example: 'sku,name,price\r\nSKU-18,Red mug,19.90\r\n',
    },
  },
  problems: ['wrong-state', 'expired'],
});

const getReading = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/reading',
  operationId: 'getJobReading',
  summary: 'See how the file of a job was read',
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  responses: {
    200: { description: 'What was understood of the file.', schema: readingSchema, example: readingExample },
  },
  problems: ['wrong-state'],
});

/** Outcomes after which the row's record exists under the row's key. */
const WITH_RECORD: ReadonlySet<Outcome> = new Set([
  'created',
  'updated',
  'unchanged',
  'skipped',
  'duplicate',
]);

/** The rows of a job, as a list and as files. */
export function mountJobRows(router: ApiRouter, { database: { pool }, storage }: AppDeps): void {
  mountRoute(
    router,
    listRows,
  )(async ({ params, query }) => {
    const { outcome, q, limit, cursor } = query;
    const after = decodeCursor('rows', cursor) ?? 0;
    const job = found(await findJobFile(pool, params.id));
    const outcomes = outcome === undefined ? undefined : [outcome];
    const isImport = job.type === 'import';
    // The records of a job without a file stand in no table by their outcome: finding some is a search.
    const isSearch = q !== undefined || (!isImport && outcome !== undefined);
    const window = isSearch ? await readSearchWindow(pool, job.number, after, outcomes) : null;
    const page = { after, limit: limit + 1 };
    const rows = isImport
      ? await listJobRows(pool, job.number, page, outcomes, q && window ? { q, ...window } : undefined)
      : await listTargetRows(pool, job.number, page, { outcome, q, until: window?.until });
    await refuseExpired(pool, params.id, ...ROWS_OF[job.type]);
    const recordIds = await findRecordIds(pool, job.kind, keysToLookUp(rows));
    const kind = IMPORTABLE[job.kind];
    const view = (row: JobRow) =>
      viewRow(row, kind, isToLookUp(row) ? (recordIds.get(row.key) ?? null) : null);
    const shown = toPage('rows', rows, limit, ({ row }) => row, view);
    const isCutShort = shown.nextCursor === null && window?.isLast === false;
    return {
      status: 200,
      body: {
        ...shown,
        nextCursor: isCutShort ? encodeCursor('rows', window.until) : shown.nextCursor,
        ...(window === null
          ? {}
          : { searchedTo: shown.nextCursor === null ? window.until : (shown.items.at(-1)?.row ?? after) }),
      },
    };
  });

  mountRoute(
    router,
    getErrorsCsv,
  )(async ({ params, request, response }) => {
    const job = withFile(await findJobFile(pool, params.id));
    const check = (): Promise<void> => refuseExpired(pool, params.id, ...ROWS_OF.import);
    await check();
    const rows = withoutErased(readJobRows(pool, job.number, ['rejected', 'failed']));
    const lines = writeErrorsCsv(job, rows, createRawRecords(storage, job.reading));
    return await sendCsv(request, response, nameOf(job, 'errors'), whileKept(lines, check));
  });

  mountRoute(
    router,
    getUnprocessedCsv,
  )(async ({ params, request, response }) => {
    const job = withFile(await findJobFile(pool, params.id));
    if (!isEnded(job.status)) {
      const detail = `Which records were not reached is known once the job has ended; it is ${job.status}.`;
      throw wrongState(detail, job.status);
    }
    // Rows that were never staged stand in the file only.
    const check = async (): Promise<void> =>
      (await needsFile(pool, params.id))
        ? refuseExpired(pool, params.id, 'files', ...ROWS_OF.import)
        : refuseExpired(pool, params.id, ...ROWS_OF.import);
    await check();
    const rows = readUnprocessedRows(pool, job.number);
    const lines = writeRecordsOfFile(job, rows, createRawRecords(storage, job.reading));
    return await sendCsv(request, response, nameOf(job, 'unprocessed'), whileKept(lines, check));
  });

  mountRoute(
    router,
    getReading,
  )(async ({ params }) => {
    const { reading, status } = withFile(await findJobFile(pool, params.id));
    if (reading === null) {
      throw wrongState('The file has not been read.', status);
    }
    return { status: 200, body: viewReading(reading) };
  });
}

/** What the rows of a job are made of: those of its file, or the records that it is about. */
const ROWS_OF: Record<JobType, readonly KeptPart[]> = {
  import: ['staging', 'outcomes'],
  undo: ['outcomes'],
  bulk_delete: ['outcomes'],
};

/** The file still has what was erased of a row, and must not give it back. */
async function* withoutErased(batches: AsyncIterable<RowBatch>): AsyncGenerator<RowBatch, void, undefined> {
  for await (const { chunk, rows } of batches) yield { chunk, rows: rows.filter((row) => !isErased(row)) };
}

/** @throws {HttpProblem} `not-found` for a job without a file */
function withFile(job: JobFile | null): JobFile {
  return found(job?.type === 'import' ? job : null);
}

/** What a file that is made of a job's own is called. */
function nameOf({ filename }: JobFile, content: string): string {
  return `${splitFilename(filename ?? 'import').base}-${content}.csv`;
}

function isToLookUp(row: JobRow): row is JobRow & { key: string } {
  return row.recordId === null && row.key !== null && WITH_RECORD.has(row.outcome);
}

function keysToLookUp(rows: readonly JobRow[]): string[] {
  return rows.filter(isToLookUp).map(({ key }) => key);
}
