import { createHash } from 'node:crypto';
import type { Kind } from '../../domain/kinds/index.ts';
import { type InputValue, readRecordInput } from '../../domain/record-input.ts';
import type { ValidatedRow } from '../../domain/validate-row.ts';
import {
  changeRecord,
  createRecord,
  deleteRecord,
  type KeyTaken,
  type WritableVersions,
} from '../../prisma/repositories/record-writes.ts';
import type { RequestWrite } from '../../prisma/repositories/record-audit.ts';
import type { StoredRecord } from '../../prisma/repositories/records.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { changedMeanwhile } from '../http/if-match.ts';
import { type Actor, notFound } from '../routes/shared.ts';

type Deps = Pick<AppDeps, 'database' | 'workflows' | 'recordNotifier'>;

/** What a request says of a record, by column. */
type Given = Readonly<Record<string, InputValue | undefined>>;

/**
 * Creates a record, by the rules that the rows of files are held against.
 *
 * @param idempotencyKey makes it repeatable
 * @returns the record as it is now, and whether this request made it
 * @throws {HttpProblem} `invalid`, `key-taken`, `idempotency-mismatch`, or `not-found` for one that was deleted since
 */
export async function createOne(
  { database, workflows, recordNotifier }: Deps,
  kind: Kind,
  given: Given,
  actor: Actor,
  idempotencyKey?: string,
): Promise<{ record: StoredRecord; isNew: boolean }> {
  const row = readInput(kind, given, true);
  const claim =
    idempotencyKey === undefined
      ? null
      : { principal: actor.by, key: idempotencyKey, request: digestOf(kind, row) };
  const created = await createRecord(database, kind, row, writeBy(actor), claim);
  workflows.announceSoon();
  switch (created.result) {
    case 'key-taken':
      throw keyTaken(kind, created);
    case 'mismatch':
      throw new HttpProblem(
        'idempotency-mismatch',
        'This Idempotency-Key was used for another request, or with other values.',
      );
    case 'created':
      recordNotifier.changed(kind.name);
      return { record: created.record, isNew: true };
    case 'repeated':
      if (created.record !== null) return { record: created.record, isNew: false };
      throw new HttpProblem(
        'not-found',
        `The ${kind.singular} of this Idempotency-Key has been deleted since.`,
      );
  }
}

/**
 * Changes a record; columns that are not given stay.
 *
 * @returns the record as it is now
 * @throws {HttpProblem} `invalid`, `key-taken`, `not-found`, `precondition-failed`
 */
export async function changeOne(
  { database, workflows, recordNotifier }: Deps,
  kind: Kind,
  id: string,
  given: Given,
  expected: WritableVersions,
  actor: Actor,
): Promise<StoredRecord> {
  const row = readInput(kind, given, false);
  const changed = await changeRecord(database, kind, id, row, expected, writeBy(actor));
  workflows.announceSoon();
  switch (changed.result) {
    case 'missing':
      throw notFound();
    case 'other-version':
      throw changedMeanwhile();
    case 'key-taken':
      throw keyTaken(kind, changed);
    case 'changed':
      recordNotifier.changed(kind.name);
      return changed.record;
    case 'unchanged':
      return changed.record;
  }
}

/**
 * Deletes a record.
 *
 * @throws {HttpProblem} `not-found`, `precondition-failed`
 */
export async function deleteOne(
  { database, workflows, recordNotifier }: Deps,
  kind: Kind,
  id: string,
  expected: WritableVersions,
  actor: Actor,
): Promise<void> {
  const result = await deleteRecord(database, kind, id, expected, writeBy(actor));
  workflows.announceSoon();
  if (result === 'missing') throw notFound();
  if (result === 'other-version') throw changedMeanwhile();
  if (result === 'needed')
    throw new HttpProblem(
      'wrong-state',
      `Orders hold pieces of this ${kind.singular}. It can go once they are through.`,
    );
  recordNotifier.changed(kind.name);
}

function writeBy({ id, by, via }: Actor): RequestWrite {
  return { changeId: id, by, via };
}

/** @throws {HttpProblem} `invalid`, with a line for each column that breaks a rule */
function readInput(kind: Kind, given: Given, isNew: boolean): ValidatedRow {
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
