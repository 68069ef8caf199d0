import type { JobStatus, Outcome } from '../contracts/words.ts';
import type { FileRow, ImportFile } from './import-file.ts';

/** Values of a record that the files of the chaos write, as text; null where there is none. */
export type Values = Readonly<Record<string, string | null>>;

export interface ModelRecord {
  values: Values;
  /** Grows by one with each change: a row that had two effects shows here. */
  version: number;
  /** The job that wrote these values; not told of what the database says. */
  writer?: string;
  /** What it wrote over; null where it created the record. */
  earlier?: ModelRecord | null;
}

/** Records by their keys. */
export type Records = Map<string, ModelRecord>;

/** What was asked of a job by whoever steers it; asked is not done. */
export interface Asked {
  cancel: boolean;
  skip: boolean;
  abandon: boolean;
}

/** What the database says of a job. */
export interface SeenJob {
  id: string;
  status: JobStatus;
  failureCode: string | null;
  /** Rows of its chunks; null when the file was not read. */
  total: number | null;
  /** By number, from 1; those that were not staged are missing. */
  rows: ReadonlyMap<number, SeenRow>;
}

export interface SeenRow {
  outcome: Outcome;
  key: string | null;
}

/**
 * Holds what became of an import against what may have become of it, row by row, and brings its effects into the model.
 * Where an operator's action left rows aside, as cancel does, any rows may be left aside, but what is said to be done must be
 * what the file says.
 *
 * @param records those of the lane as the import found them; changed to what it left
 * @returns what is wrong
 */
export function judgeImport(file: ImportFile, asked: Asked, seen: SeenJob, records: Records): string[] {
  const broken = judgeEnd(file, asked, seen);
  if (file.unreadable !== null) {
    if (seen.rows.size > 0) broken.push(`an unreadable file has ${String(seen.rows.size)} staged rows`);
    return broken;
  }
  if (seen.total !== null && seen.total !== file.rows.length) {
    broken.push(`its total is ${String(seen.total)}, its file has ${String(file.rows.length)} rows`);
  }
  const isWhole = seen.status === 'completed';
  const unknown = [...seen.rows.keys()].find((row) => row < 1 || row > file.rows.length);
  if (unknown !== undefined) broken.push(`row ${String(unknown)} is not in the file`);
  const winners = chooseWinners(file, seen);
  const isAborted = file.policies.onError === 'abort' && hasRejected(seen);
  if (isWhole && isAborted) broken.push('it is completed, though rows are rejected and it was to abort');

  for (const [at, row] of file.rows.entries()) {
    const { outcome } = seen.rows.get(at + 1) ?? { outcome: 'pending' };
    const expected = expectOutcome(file, row, at, winners, records);
    const mayFail = asked.skip || row.nature === 'poison';
    const isAllowed =
      outcome === expected.outcome ||
      (outcome === 'pending' && !isWhole) ||
      (outcome === 'failed' && mayFail);
    if (!isAllowed) broken.push(`row ${String(at + 1)} is ${outcome} instead of ${expected.outcome}`);
    const hasEffect = outcome === 'created' || outcome === 'updated';
    if (isAborted && hasEffect) broken.push(`row ${String(at + 1)} is ${outcome} in an import that aborts`);
    if (hasEffect && expected.after !== null && !file.policies.dryRun) {
      const earlier = records.get(row.key) ?? null;
      records.set(row.key, { ...expected.after, writer: seen.id, earlier });
    }
  }
  return broken;
}

/**
 * The same of an undo: what the import wrote is set back, record by record. Nobody else has written these records since, so none
 * is kept.
 *
 * @param targetId the import
 */
export function judgeUndo(targetId: string, asked: Asked, seen: SeenJob, records: Records): string[] {
  const broken = judgeEndOfUndo(asked, seen);
  const written = new Map([...records].filter(([, { writer }]) => writer === targetId));
  for (const { key, record } of taken('reversed', asked, seen, written, broken)) {
    written.delete(key);
    if (record.earlier == null) records.delete(key);
    else records.set(key, { ...record.earlier, version: record.version + 1 });
  }
  const isWhole = seen.status === 'completed' && !asked.skip;
  if (isWhole && written.size > 0) broken.push(`${String(written.size)} records of the import were left out`);
  return broken;
}

/** What bulk deletes took, by job and key. */
export type Graves = Map<string, Records>;

/**
 * The same of a bulk delete: nobody else writes its records meanwhile, so none is kept.
 *
 * @param keys of the records that it is about
 * @param graves gets what it deleted
 */
export function judgeBulkDelete(
  keys: readonly string[],
  asked: Asked,
  seen: SeenJob,
  records: Records,
  graves: Graves,
): string[] {
  const broken = judgeEndOfUndo(asked, seen);
  const grave: Records = new Map();
  graves.set(seen.id, grave);
  const targets = [...seen.rows.values()].map(({ key }) => key);
  if (seen.total !== keys.length || targets.some((key) => key === null || !keys.includes(key))) {
    broken.push(
      `it is about ${String(seen.total)} records instead of ${String(keys.length)}, or about others`,
    );
  }
  for (const { key, record } of taken('deleted', asked, seen, records, broken)) {
    grave.set(key, record);
    records.delete(key);
  }
  return broken;
}

/** The same of the undo of a bulk delete: what it took comes back, with the next version. */
export function judgeRestore(
  targetId: string,
  asked: Asked,
  seen: SeenJob,
  records: Records,
  graves: Graves,
): string[] {
  const broken = judgeEndOfUndo(asked, seen);
  const grave = graves.get(targetId) ?? new Map<string, ModelRecord>();
  for (const { key, record } of taken('reversed', asked, seen, grave, broken)) {
    records.set(key, { ...record, version: record.version + 1 });
    grave.delete(key);
  }
  const isWhole = seen.status === 'completed' && !asked.skip;
  if (isWhole && grave.size > 0) broken.push(`${String(grave.size)} deleted records were left out`);
  return broken;
}

/**
 * The records that a job has taken, one by one; every other row must be one that it never came to, or was told to pass by.
 *
 * @param from where they were
 * @param broken gets what else there is
 */
function* taken(
  wanted: 'deleted' | 'reversed',
  asked: Asked,
  seen: SeenJob,
  from: Records,
  broken: string[],
): Generator<{ key: string; record: ModelRecord }> {
  for (const [row, { outcome, key }] of seen.rows) {
    if (outcome === 'pending' && seen.status !== 'completed') continue;
    if (outcome === 'failed' && asked.skip) continue;
    const record = key === null ? undefined : from.get(key);
    if (outcome === wanted && key !== null && record !== undefined) yield { key, record };
    else broken.push(`row ${String(row)} (${say(key)}) is ${outcome}`);
  }
}

/** How an undo or a bulk delete may end. */
export function judgeEndOfUndo({ cancel, abandon }: Asked, { status, failureCode }: SeenJob): string[] {
  if (status === 'completed' || (status === 'cancelled' && cancel)) return [];
  if (status === 'failed' && failureCode === 'abandoned' && abandon) return [];
  return [`it is ${status}`];
}

/** How an import may end. */
export function judgeEnd(
  file: { unreadable: ImportFile['unreadable']; policies: Pick<ImportFile['policies'], 'onError'> },
  asked: Asked,
  { status, failureCode, rows }: SeenJob,
): string[] {
  switch (status) {
    case 'completed':
      return file.unreadable === null ? [] : [`it is completed instead of failed with ${file.unreadable}`];
    case 'cancelled':
      return asked.cancel ? [] : ['it is cancelled, and nobody has cancelled it'];
    case 'failed': {
      if (failureCode === 'abandoned' && asked.abandon) return [];
      if (file.unreadable !== null && failureCode === file.unreadable) return [];
      const aborts = file.policies.onError === 'abort' && failureCode === 'rows_rejected';
      if (aborts && hasRejected({ rows })) return [];
      return [`it is failed with ${String(failureCode)}`];
    }
    default:
      return [`it is ${status}, and has not ended`];
  }
}

function hasRejected({ rows }: Pick<SeenJob, 'rows'>): boolean {
  return [...rows.values()].some(({ outcome }) => outcome === 'rejected');
}

/** @returns for each repeated key the place of the row that wins; -1 where none does */
function chooseWinners({ rows, policies }: ImportFile, seen: SeenJob): Map<string, number> {
  const winners = new Map<string, number>();
  for (const [at, { key, nature }] of rows.entries()) {
    const seenRow = seen.rows.get(at + 1);
    // Passed over before it was parsed, it has no key and stands against nobody.
    const competes = nature !== 'bad' && !(seenRow?.outcome === 'failed' && seenRow.key === null);
    if (!competes) continue;
    if (!winners.has(key) || policies.duplicates === 'last') winners.set(key, at);
    else if (policies.duplicates === 'reject') winners.set(key, -1);
  }
  return winners;
}

interface Expected {
  outcome: Outcome;
  /** The record after it, where it is changed. */
  after: ModelRecord | null;
}

function expectOutcome(
  { kind, policies }: ImportFile,
  { key, cells, nature }: FileRow,
  at: number,
  winners: ReadonlyMap<string, number>,
  records: Records,
): Expected {
  const leftAlone = (outcome: Outcome): Expected => ({ outcome, after: null });
  if (nature === 'bad') return leftAlone('rejected');
  const winner = winners.get(key);
  if (winner === -1) return leftAlone('rejected');
  if (winner !== at) return leftAlone('duplicate');
  const before = records.get(key);
  const { mode, blanks } = policies;
  if (before === undefined) {
    if (mode === 'update') return leftAlone('skipped');
    return { outcome: 'created', after: { values: merge(DEFAULTS[kind], cells, 'clear'), version: 1 } };
  }
  if (mode === 'create') return leftAlone('skipped');
  const values = merge(before.values, cells, blanks);
  const differs = Object.keys(values).some((column) => values[column] !== before.values[column]);
  if (!differs) return leftAlone('unchanged');
  return { outcome: 'updated', after: { values, version: before.version + 1 } };
}

/** What a record has where its file says nothing. */
const DEFAULTS: Record<ImportFile['kind'], Values> = {
  products: { sku: null, name: null, price: null, description: null, stock: '0' },
  customers: { email: null, name: null, company: null, phone: null },
};

function merge(before: Values, cells: FileRow['cells'], blanks: 'keep' | 'clear'): Values {
  const values = { ...before };
  for (const [column, cell] of Object.entries(cells)) {
    if (cell === '#N/A') values[column] = null;
    else if (cell !== '') values[column] = column === 'price' ? cell.replace(',', '.') : cell;
    else if (blanks === 'clear') values[column] = null;
  }
  return values;
}

/** @returns in what two states of the records differ */
export function compareRecords(expected: Records, seen: Records): string[] {
  const broken: string[] = [];
  for (const [key, record] of expected) {
    const found = seen.get(key);
    if (found === undefined) {
      broken.push(`${key} is missing`);
      continue;
    }
    if (found.version !== record.version) {
      broken.push(`${key} has version ${String(found.version)} instead of ${String(record.version)}`);
    }
    for (const [column, value] of Object.entries(record.values)) {
      const there = found.values[column] ?? null;
      if (there !== value) broken.push(`${key}: ${column} is ${say(there)} instead of ${say(value)}`);
    }
  }
  for (const key of seen.keys()) if (!expected.has(key)) broken.push(`${key} should not be there`);
  return broken;
}

function say(value: string | null): string {
  return value === null ? 'empty' : JSON.stringify(value);
}
