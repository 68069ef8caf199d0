import type {
  ChangeSource,
  RecordChangeJson,
  RecordJson,
  RecordOperation,
  RecordValue,
  RecordValues,
} from '../../contracts/http/record.ts';
import type { Column, ColumnType, Kind } from '../../domain/kinds/index.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import type { RecordWrite } from '../../prisma/repositories/record-history.ts';
import type { StoredRecord, StoredValue, StoredValues, Writer } from '../../prisma/repositories/records.ts';

/** A record as the API shows it. */
export function viewRecord(record: StoredRecord, kind: Kind): RecordJson {
  const { changeId, row } = record.lastChange;
  return {
    id: record.id,
    ...viewValues(record.values, kind.columns),
    ...viewValues(record.facts, kind.facts),
    version: record.version,
    lastChange: { changeId, row, source: viewSource(record.lastChange) },
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}

/** The version of a record as an entity tag (RFC 9110, section 8.8.3). */
export function toEntityTag(version: number): string {
  return `"${String(version)}"`;
}

/**
 * An entry of a record's history, with the columns that the write changed.
 *
 * @param createdAt when the record was created
 */
export function viewWrite(write: RecordWrite, kind: Kind, createdAt: Date): RecordChangeJson {
  const { recorded, writer } = write;
  if (recorded === null) return viewCreation(write, kind, createdAt);
  const changed = kind.columns.filter(({ name }) => write.before?.[name] !== write.after?.[name]);
  // Before its creation a record had no values, and after its deletion it has none.
  const values = (operation: RecordOperation, side: StoredValues | null): RecordValues | null =>
    recorded.operation === operation || side === null ? null : viewValues(side, changed);
  return {
    operation: recorded.operation,
    changeId: writer.changeId,
    row: writer.row,
    by: recorded.by,
    at: recorded.at.toISOString(),
    before: values('created', write.before),
    after: values('deleted', write.after),
    source: viewSource(writer),
    changesRemoved: false,
  };
}

/**
 * The creation leaves no row of its own: it is told from the record and from what its oldest change took the place of.
 * Where changes in between have been removed, only the time of it is known.
 */
function viewCreation(write: RecordWrite, kind: Kind, createdAt: Date): RecordChangeJson {
  const at = createdAt.toISOString();
  if (write.versionBefore !== 0 || write.after === null) {
    const unknown = { changeId: null, row: null, by: null, before: null, after: null, source: null };
    return { ...unknown, operation: 'created', at, changesRemoved: true };
  }
  return {
    operation: 'created',
    changeId: write.writer.changeId,
    row: write.writer.row,
    by: write.jobCreatedBy,
    at,
    before: null,
    after: viewValues(write.after, kind.columns),
    source: viewSource(write.writer),
    changesRemoved: false,
  };
}

/** A row of a file whose job is gone was written by a job of which nothing is known any more. */
function viewSource({ changeId, row, jobType }: Writer): ChangeSource | null {
  if (jobType !== null) return { type: jobType, jobId: changeId };
  return row === null ? { type: 'request', jobId: null } : null;
}

function viewValues(values: StoredValues, columns: readonly Pick<Column, 'name' | 'type'>[]): RecordValues {
  return Object.fromEntries(
    columns.map(({ name, type }): [string, RecordValue] => [name, viewValue(values[name] ?? null, type)]),
  );
}

/** A decimal comes from the database as a text with all of its zeros. */
export function viewValue(value: StoredValue, type: ColumnType): RecordValue {
  return type === 'decimal' && typeof value === 'string' ? formatMoney(value) : value;
}
