import { api, bodyOf, type Job, type Schemas } from '../client/api.ts';
import { ApiProblem } from '../client/problem.ts';
import type { AnyChange, AnyRecord, RecordKind } from './kinds.ts';

/** What a form gives: a text, a switch, or null for nothing. */
export type GivenValues = Record<string, string | boolean | null>;

/** Which records are meant. */
export type Selection = { ids: string[] } | { filter: Record<string, string> } | { all: true };

interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** How many of a page; the API allows no more. */
const PAGE_ROWS = 200;
/** A number that no count of records reaches. */
const NO_COUNT = 9_999_999_999;

/*
 * The routes are the same for each kind, so their paths are put together. What fields and filters a kind has stands in kinds.ts;
 * the API judges the values.
 */

export function listRecords(
  kind: RecordKind,
  query: Readonly<Record<string, string>>,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<AnyRecord>> {
  const params = { query: { ...query, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) } };
  return bodyOf<Page<AnyRecord>>(api.GET(`/api/${kind}`, { params, signal }));
}

export function readRecord(kind: RecordKind, id: string, signal?: AbortSignal): Promise<AnyRecord> {
  return bodyOf<AnyRecord>(
    api.GET(`/api/${kind}/{id}`, { params: { path: { id } }, ...(signal === undefined ? {} : { signal }) }),
  );
}

export function listChanges(
  kind: RecordKind,
  id: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page<AnyChange>> {
  const params = { path: { id }, query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) } };
  return bodyOf<Page<AnyChange>>(api.GET(`/api/${kind}/{id}/history`, { params, signal }));
}

export function createRecord(kind: RecordKind, values: GivenValues, key: string): Promise<AnyRecord> {
  const params = { header: { 'Idempotency-Key': key } };
  const body = values as Schemas['NewProduct'] & Schemas['NewCustomer'];
  return bodyOf<AnyRecord>(api.POST(`/api/${kind}`, { params, body }));
}

/** @param version the one that was read: with another one by now nothing is changed (412) */
export function changeRecord(
  kind: RecordKind,
  id: string,
  version: number,
  values: GivenValues,
): Promise<AnyRecord> {
  const params = { path: { id }, header: { 'If-Match': toTag(version) } };
  const body = values as Schemas['ChangedProduct'] & Schemas['ChangedCustomer'];
  return bodyOf<AnyRecord>(api.PATCH(`/api/${kind}/{id}`, { params, body }));
}

/** @param version the one that was read: with another one by now nothing is deleted (412) */
export async function deleteRecord(kind: RecordKind, id: string, version: number): Promise<void> {
  await api.DELETE(`/api/${kind}/{id}`, { params: { path: { id }, header: { 'If-Match': toTag(version) } } });
}

interface BulkDelete {
  selection: Selection;
  /** How many are meant: where there are more or fewer by now, nothing is done. */
  confirm?: number;
  reason?: string | undefined;
}

export function deleteMany(
  kind: RecordKind,
  { selection, confirm, reason }: BulkDelete,
  key: string,
): Promise<Job> {
  return bodyOf<Job>(
    api.POST(`/api/${kind}/bulk-delete`, {
      params: { header: { 'Idempotency-Key': key } },
      body: {
        ...selection,
        notify: 'summary',
        ...(confirm === undefined ? {} : { confirm }),
        ...(reason === undefined ? {} : { reason }),
      },
    }),
  );
}

/**
 * How many records a bulk delete would be about. The API tells it to who confirms another number, and does nothing then; no
 * number of records is the one that is confirmed here.
 */
export async function countSelected(
  kind: RecordKind,
  selection: Selection,
  signal: AbortSignal,
): Promise<number> {
  try {
    await api.POST(`/api/${kind}/bulk-delete`, {
      body: { ...selection, notify: 'none', confirm: NO_COUNT },
      signal,
    });
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'count-mismatch') {
      const { count } = error.body;
      if (typeof count === 'number') return count;
    }
    throw error;
  }
  throw new Error('The API took a number that can not be.');
}

function toTag(version: number): string {
  return `"${String(version)}"`;
}
