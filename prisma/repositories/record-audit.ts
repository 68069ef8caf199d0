import type { AuditWay } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { Queryable } from '../client.ts';
import { recordAction } from './audit.ts';
import type { StoredRecord } from './records.ts';

/** A write of one record by a request. */
export interface RequestWrite {
  /** Id of the request: its change is known by it, and so is its entry in the audit log. */
  changeId: string;
  /** Who. */
  by: string;
  via: AuditWay;
}

/** Adds a write to the audit log, with the columns that it changed. Call it in the transaction of the write. */
export async function auditWrite(
  db: Queryable,
  kind: Kind,
  { changeId, by, via }: RequestWrite,
  before: StoredRecord | null,
  after: StoredRecord | null,
): Promise<void> {
  const columns = kind.columns
    .map(({ name }) => name)
    .filter((name) => (before?.values[name] ?? null) !== (after?.values[name] ?? null));
  const action = before === null ? 'create-record' : after === null ? 'delete-record' : 'change-record';
  await recordAction(db, {
    id: changeId,
    actor: by,
    action,
    jobId: null,
    before: before && note(kind, before, columns),
    after: after && note(kind, after, columns),
    via,
  });
}

/** Of people only which columns: the log is kept for ever, and a person may want to be forgotten. */
function note(kind: Kind, { id, version, values }: StoredRecord, columns: readonly string[]): object {
  const record = { kind: kind.name, id, version };
  if (kind.isPerson) return { ...record, columns };
  return { ...record, values: Object.fromEntries(columns.map((name) => [name, values[name] ?? null])) };
}
