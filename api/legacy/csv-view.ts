import type { JobStatus, Outcome } from '../../contracts/words.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import { writeRecord } from '../../domain/csv/write-record.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { createRecordMapper } from '../../domain/mapping/map-record.ts';
import type { RowError } from '../../domain/validate-row.ts';
import { isErased, type JobRow } from '../../prisma/repositories/job-rows.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import { splitRecord } from '../views/raw-records.ts';

/** What of a job counts as failed: all that did not go in. */
export const FAILED_OUTCOMES = [
  'skipped',
  'duplicate',
  'rejected',
  'failed',
] as const satisfies readonly Outcome[];

const COLUMNS = ['name', 'email', 'phone', 'company'] as const;
type Cells = Partial<Record<(typeof COLUMNS)[number], string>>;

/** Characters of a cell that a job shows: a list of jobs stays readable, whatever somebody uploads. */
const MAX_SHOWN_CELL = 200;

/** Where a job stands. */
export interface CsvProgress {
  processedRows: number;
  totalRows: number;
  successCount: number;
  failedCount: number;
  status: 'pending' | 'processing' | 'completed' | 'failed';
}

export interface CsvError {
  /** From 1, the header not counted; 0 for the file as a whole. */
  rowNumber: number;
  message: string;
  row: Cells;
}

export interface CsvJob extends CsvProgress {
  id: string;
  filename: string | null;
  errors: CsvError[];
  createdAt: string;
  completedAt: string | null;
}

export function viewCsvJob(job: JobSnapshot, errors: CsvError[]): CsvJob {
  return {
    id: job.id,
    filename: job.filename,
    ...progressOf(job),
    errors,
    createdAt: job.createdAt.toISOString(),
    completedAt: job.finishedAt?.toISOString() ?? null,
  };
}

/** Before the file has been read, all counts are 0. */
export function progressOf({ status, counts }: JobSnapshot): CsvProgress {
  const { total = 0, pending = 0, created = 0, updated = 0, unchanged = 0 } = counts ?? {};
  const processedRows = total - pending;
  const successCount = created + updated + unchanged;
  const failedCount = processedRows - successCount;
  return { processedRows, totalRows: total, successCount, failedCount, status: statusOf(status) };
}

function statusOf(status: JobStatus): CsvProgress['status'] {
  switch (status) {
    case 'pending':
    case 'completed':
      return status;
    case 'processing':
    case 'paused':
    case 'needs_attention':
      return 'processing';
    case 'failed':
    case 'cancelled':
      return 'failed';
  }
}

/** Of a job that failed as a whole: the error stands at no row. */
export function errorOfFile({ status, failure }: JobSnapshot): CsvError[] {
  if (statusOf(status) !== 'failed') return [];
  return [{ rowNumber: 0, message: failure?.message ?? 'The job was cancelled.', row: {} }];
}

/** Makes errors of rows; none of a row that was erased. */
export function createErrorView(reading: Reading | null): (row: JobRow) => CsvError[] {
  return (row) =>
    isErased(row) ? [] : [{ rowNumber: row.row, message: messageOf(row), row: cellsOf(row, reading) }];
}

function messageOf({ outcome, errors }: JobRow): string {
  if (errors !== null && errors.length > 0) return errors.map(wordingOf).join('; ');
  // Its email is a customer's already, or stands further up in the file.
  return outcome === 'failed' ? 'could not be stored' : 'email already exists';
}

/** In the words of that system, where it had any for it. */
function wordingOf({ column, code, message }: RowError): string {
  if (column === null) return message;
  if (code === 'required') return `${column} is required`;
  return code === 'invalid_email' ? 'invalid email' : message;
}

/** As they stand in the file; of a row that was good, as they were understood. */
function cellsOf({ raw, cells }: JobRow, reading: Reading | null): Cells {
  const kind = KINDS.customers;
  const values =
    raw === null || reading === null
      ? cells
      : createRecordMapper(reading.mapping, kind).map(splitRecord(Buffer.from(raw), reading)).values;
  const named = COLUMNS.map((name) => [
    name,
    values?.[kind.columns.findIndex((column) => column.name === name)] ?? '',
  ]);
  return Object.fromEntries(named) as Cells;
}

/** An error as a job shows it. */
export function shortened(error: CsvError): CsvError {
  const cut = Object.entries(error.row).map(([name, cell]) => [
    name,
    cell.length > MAX_SHOWN_CELL ? `${cell.slice(0, MAX_SHOWN_CELL)}…` : cell,
  ]);
  return { ...error, row: Object.fromEntries(cut) as Cells };
}

/** How that system wrote its reports: no byte order mark, so that the first column is found by its name. */
const DIALECT = { delimiter: ',', quote: '"', lineEnd: '\n' } as const;

export function writeErrorsHeader(): string {
  return writeRecord(['rowNumber', ...COLUMNS, 'error'], DIALECT);
}

export function writeErrorLine({ rowNumber, message, row }: CsvError): string {
  return writeRecord([String(rowNumber), ...COLUMNS.map((name) => row[name] ?? ''), message], DIALECT);
}
