import { v7 as uuidv7 } from 'uuid';
import {
  DEFAULT_IMPORT_OPTIONS,
  type JobStatus,
  type Outcome,
  type RecordKind,
} from '../../contracts/words.ts';
import type { RowError } from '../../domain/validate-row.ts';
import type { Database } from '../../prisma/client.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { readingOf } from '../support/readings.ts';

export interface FixtureRow {
  key?: string;
  cells?: (string | null)[];
  raw?: string;
  errors?: RowError[];
  /** What applying made of the row; a row with errors is rejected, another without one is pending. */
  outcome?: Exclude<Outcome, 'pending'>;
  recordId?: string;
}

export interface FixtureJob {
  kind?: RecordKind;
  status?: JobStatus;
  filename?: string;
  /** The header as it stands in the file; null for a job that has not been read. */
  header?: string[] | null;
  delimiter?: string;
  /** Chunk by chunk. */
  chunks?: FixtureRow[][];
  data?: Partial<Prisma.JobUncheckedCreateInput>;
}

/** Writes a job as the workers leave it: rows, outcomes, and the counters of its chunks. @returns its id */
export async function insertJob(database: Database, fixture: FixtureJob = {}): Promise<string> {
  const { kind = 'products', status = 'processing', chunks = [], delimiter = ',' } = fixture;
  const header = fixture.header === undefined ? ['sku', 'name', 'price'] : fixture.header;
  const reading = header && readingOf(header, kind, delimiter);
  const id = uuidv7();
  const { number } = await database.prisma.job.create({
    data: {
      id,
      type: 'import',
      kind,
      status,
      filename: fixture.filename ?? 'products.csv',
      options: { ...DEFAULT_IMPORT_OPTIONS } as unknown as Prisma.InputJsonObject,
      createdBy: 'tester',
      ...(reading === null
        ? {}
        : { reading: reading as unknown as Prisma.InputJsonObject, readAt: new Date() }),
      ...fixture.data,
    },
  });
  let row = 1;
  for (const [index, rows] of chunks.entries()) {
    const counts = countOutcomes(rows);
    await database.prisma.chunk.create({
      data: {
        jobNumber: number,
        number: index + 1,
        firstRow: row,
        rows: rows.length,
        firstLine: row + 1,
        byteStart: 0,
        byteEnd: 0,
        ...counts,
      },
    });
    await insertRows(database, number, row, rows);
    row += rows.length;
  }
  return id;
}

async function insertRows(
  database: Database,
  jobNumber: number,
  firstRow: number,
  rows: readonly FixtureRow[],
): Promise<void> {
  const given = rows.map((row, index) => ({ ...row, row: firstRow + index, line: firstRow + index + 1 }));
  // Duplicates and rejected rows are decided before anything is applied.
  await database.pool.query(
    `INSERT INTO staged_rows (job_number, "row", line, key, cells, raw, errors, outcome)
     SELECT $1, "row", line, key, ARRAY(SELECT jsonb_array_elements_text(coalesce(cells, '[]'))), raw, errors,
            CASE WHEN errors IS NOT NULL THEN 'rejected' WHEN outcome = 'duplicate' THEN 'duplicate' END::outcome
       FROM jsonb_to_recordset($2::jsonb)
         AS given ("row" int, line int, key text, cells jsonb, raw text, errors jsonb, outcome text)`,
    [jobNumber, JSON.stringify(given)],
  );
  await database.pool.query(
    `INSERT INTO row_outcomes (job_number, "row", outcome, record_id)
     SELECT $1, "row", outcome, "recordId"
       FROM jsonb_to_recordset($2::jsonb) AS given ("row" int, outcome outcome, "recordId" uuid)
      WHERE outcome <> 'duplicate'`,
    [jobNumber, JSON.stringify(given)],
  );
}

function countOutcomes(rows: readonly FixtureRow[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome, errors } of rows) {
    const effective = outcome ?? (errors === undefined ? undefined : 'rejected');
    if (effective !== undefined) counts[effective] = (counts[effective] ?? 0) + 1;
  }
  return counts;
}

/** Changes a job's row as a worker does: with its revision, and told to whoever listens. */
export async function changeJob(
  database: Database,
  jobId: string,
  set: Prisma.JobUncheckedUpdateInput,
): Promise<void> {
  await database.prisma.$transaction([
    database.prisma.job.update({ where: { id: jobId }, data: { ...set, revision: { increment: 1 } } }),
    database.prisma.$queryRaw`SELECT pg_notify('longshore_jobs', ${jobId})::text`,
  ]);
}
