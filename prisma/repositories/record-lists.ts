import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../client.ts';
import { SQL_TYPES } from './apply-statements.ts';
import {
  type ColumnFilter,
  columnOf,
  recordConditions,
  type RecordFilter,
  searchConditions,
  type Statement,
  textOfRecord,
  where,
} from './record-conditions.ts';
import { indexedColumns } from './record-search.ts';
import { recordFields, type RecordRow, type StoredRecord, toRecord } from './records.ts';

/** By a column, its key, or when they were created or last changed; those that are equal by their ids. */
export interface RecordSort {
  by: string;
  descending: boolean;
}

/** Where a record stands in an order. */
export interface RecordPosition {
  id: string;
  /** As text; null in the order of creation, which is that of the ids. */
  value: string | null;
}

export interface RecordPage {
  filter: RecordFilter;
  sort: RecordSort;
  after: RecordPosition | null;
  limit: number;
  /** How many places are passed over first. Each of them costs a step along an index. */
  offset?: number;
}

/** A place of a page. */
export interface ListedRecord {
  position: RecordPosition;
  /** Null where it is gone, or where it changed since it was brought into the search table and no longer fits the filter. */
  record: StoredRecord | null;
}

/** The order of creation: ids are UUIDv7. */
export const CREATED = 'createdAt';
export const CHANGED = 'updatedAt';

/** What a kind can be sorted by. */
export function sortsOf(kind: Kind): string[] {
  const columns = indexedColumns(kind).filter(({ type }) => type !== 'boolean');
  return [kind.keyColumn, ...columns.map(({ name }) => name), CHANGED, CREATED];
}

/**
 * A page of records.
 *
 * Three ways lead to it. The one record with a key, and the order of creation or of the keys as long as nothing is filtered,
 * come from the table itself and are always of this moment. Everything else comes from the search table, in one of two ways:
 * - walking the index of the order and passing over what does not fit, which is quick where much fits;
 * - finding all that fits by the indexes of the filters and sorting it, which is quick where little fits.
 * Which of them is decided by the planner's estimate of how much fits, and not left to the planner: it takes for granted that
 * what fits is spread evenly over the order. Where it is not (sorted by name, "yellow" comes at the end), a walk could cross
 * the whole table. So a walk ends after some times the expected distance, and the other way is taken (ADR 0018).
 */
export async function listRecords({ pool }: Database, kind: Kind, page: RecordPage): Promise<ListedRecord[]> {
  return await inTransaction(pool, async (client) => {
    const { filter } = page;
    const isPlain = filter.columns.length === 0 && filter.text === undefined;
    if (filter.key !== undefined || isPlain) {
      const source = filter.key !== undefined || isLive(kind, page.sort) ? 'records' : 'search';
      return await run(client, kind, page, walkStatement(kind, page, source, null), WALK_SETTINGS);
    }
    const [walked, passed] = splitBySort(kind, page);
    if (passed.columns.length === 0 && passed.text === undefined) {
      return await run(client, kind, page, walkStatement(kind, page, 'search', null), WALK_SETTINGS);
    }
    const inRange = await estimate(client, kind, walked);
    const fitting = await estimate(client, kind, filter);
    const { offset = 0 } = page;
    const distance = ((page.limit + offset) * inRange) / fitting;
    // A long way goes through records that lie next to one another; all that fits would be about as much, and be sorted besides.
    const stepCost = offset > 0 ? 1 : RANDOM_READ_COST;
    if (fitting > stepCost * distance) {
      const maxWalk = offset > 0 ? Infinity : MAX_WALK;
      const bound = Math.ceil(Math.min(Math.max(distance * 4, MIN_WALK), maxWalk));
      const walk = walkStatement(kind, page, 'search', bound);
      const found = await run(client, kind, page, walk, WALK_SETTINGS);
      if (found.length === page.limit) return found;
    }
    return await run(client, kind, page, matchStatement(kind, page), MATCH_SETTINGS);
  });
}

/** Reading a record where an index leads, in any order, against reading one of many in the order of the table. */
const RANDOM_READ_COST = 5;
/** Records that a walk may pass before the other way is taken. */
const MIN_WALK = 500;
const MAX_WALK = 20_000;

/** By the index of the order, from the position on; each record found is looked up by its id. */
export const WALK_SETTINGS = settings({ bitmapscan: 'off', sort: 'on' });
/** What fits is found by the indexes of the filters, many records at once. */
export const MATCH_SETTINGS = settings({ bitmapscan: 'on', sort: 'on' });

function settings(own: Record<string, 'on' | 'off'>): string {
  const names = { seqscan: 'off', hashjoin: 'off', mergejoin: 'off', ...own };
  const texts = Object.entries(names).map(([name, value]) => `SET LOCAL enable_${name} = ${value}`);
  // Starting helpers takes longer than a page may.
  return [...texts, 'SET LOCAL max_parallel_workers_per_gather = 0'].join('; ');
}

/** How a kind's records are ordered: in the search table, and in the table itself where that has an index for it. */
interface Order {
  search: string;
  records: string | null;
  /** SQL type of the value. */
  type: string;
  /** The column of the kind that it is. */
  column: string | null;
}

function orderOf(kind: Kind, { by }: RecordSort): Order {
  if (by === CREATED) return { search: 'record_id', records: 'id', type: 'uuid', column: null };
  if (by === CHANGED) return { search: 'updated_at', records: null, type: 'timestamptz(3)', column: null };
  if (by === kind.keyColumn) return { search: 'key', records: kind.keyField, type: 'text', column: null };
  const column = columnOf(kind, by);
  return { search: column.name, records: null, type: SQL_TYPES[column.type], column: column.name };
}

const isLive = (kind: Kind, sort: RecordSort): boolean => orderOf(kind, sort).records !== null;

/** The filters of the column that is sorted by bound the walk; the others are what it passes records over for. */
function splitBySort(kind: Kind, { filter, sort }: RecordPage): [walked: RecordFilter, passed: RecordFilter] {
  const { column } = orderOf(kind, sort);
  const isOfOrder = (one: ColumnFilter): boolean => one.column === column && one.is !== 'contains';
  const ofOrder = filter.columns.filter(isOfOrder);
  const others = filter.columns.filter((one) => !isOfOrder(one));
  return [{ columns: ofOrder }, { columns: others, text: filter.text }];
}

/** By how many records the planner thinks that a filter is met. It reads nothing but its statistics. */
export async function estimate(client: pg.PoolClient, kind: Kind, filter: RecordFilter): Promise<number> {
  const values: unknown[] = [];
  const conditions = searchConditions(kind, filter, values, 'estimate');
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    `EXPLAIN (FORMAT json) SELECT FROM ${kind.searchTable} s ${where(conditions)}`,
    values,
  );
  return Math.max(rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 1, 1);
}

/**
 * Records in their order, by the index of the order: of the search table (`<table>_<column>_record_id_idx`, or its primary
 * key), or of the table itself (its primary key, or the unique index on the key).
 *
 * @param bound how many records are looked at; null for as many as it takes
 */
export function walkStatement(
  kind: Kind,
  page: RecordPage,
  source: 'search' | 'records',
  bound: number | null,
): Statement {
  const values: unknown[] = [];
  const order = orderOf(kind, page.sort);
  const fromSearch = source === 'search';
  const column = (fromSearch ? order.search : order.records) ?? 'id';
  const id = fromSearch ? 's.record_id' : 's.id';
  const [walked, passed] = fromSearch ? splitBySort(kind, page) : [{ columns: [] }, { columns: [] }];
  const range = [
    ...searchConditions(kind, walked, values, 'walk'),
    ...positionConditions(page, order, `s.${column}`, id, values),
  ];
  if (!fromSearch && page.filter.key !== undefined) {
    range.push(`s.${kind.keyField} = $${String(values.push(page.filter.key))}`);
    range.push(...recordConditions(kind, page.filter, values, 's'));
    range.push(...textOfRecord(kind, page.filter, values));
  }
  const table = fromSearch ? kind.searchTable : kind.table;
  const direction = page.sort.descending ? 'DESC' : 'ASC';
  const fence = bound === null ? '' : `LIMIT ${String(bound)}`;
  const inOrder = `
    SELECT ${id} AS id, s.${column} AS value${fromSearch ? ', s.*' : ''}
      FROM ${table} s
      ${where(range)}
     ORDER BY s.${column} ${direction}, ${id} ${direction} ${fence}`;
  const limit = limitOf(page, values);
  const conditions = where(searchConditions(kind, passed, values, 'walk'));
  const places = `
    SELECT s.id, s.value FROM (${inOrder}) s ${conditions} ORDER BY s.value ${direction}, s.id ${direction} ${limit}`;
  return { text: pageStatement(kind, page, places, values), values };
}

/**
 * All that fits, sorted: found by `<table>_text_idx` (trigrams), `<table>_<column>_record_id_idx` and `<table>_active_idx`, or
 * several of them together.
 */
export function matchStatement(kind: Kind, page: RecordPage): Statement {
  const values: unknown[] = [];
  const order = orderOf(kind, page.sort);
  const conditions = [
    ...searchConditions(kind, page.filter, values, 'match'),
    ...positionConditions(page, order, `s.${order.search}`, 's.record_id', values),
  ];
  const direction = page.sort.descending ? 'DESC' : 'ASC';
  // Materialised: otherwise the planner may walk the order all the same, to its end.
  const places = `
    WITH fitting AS MATERIALIZED (
      SELECT s.record_id AS id, s.${order.search} AS value FROM ${kind.searchTable} s ${where(conditions)}
    )
    SELECT id, value FROM fitting ORDER BY value ${direction}, id ${direction} ${limitOf(page, values)}`;
  return { text: pageStatement(kind, page, places, values), values };
}

function limitOf({ limit, offset = 0 }: RecordPage, values: unknown[]): string {
  return `LIMIT $${String(values.push(limit))} OFFSET $${String(values.push(offset))}`;
}

/** Looks up the records of the places of a page, by their primary key. */
function pageStatement(kind: Kind, { filter, sort }: RecordPage, places: string, values: unknown[]): string {
  const direction = sort.descending ? 'DESC' : 'ASC';
  // As it is now: what the search table says may be some seconds old.
  const still = ['r.id = p.id', ...recordConditions(kind, filter, values, 'r')].join(' AND ');
  return `
    SELECT p.id AS place_id, p.value::text AS place_value, ${recordFields(kind)}
      FROM (${places}) p
      LEFT JOIN ${kind.table} r ON ${still}
      LEFT JOIN jobs j ON j.id = r.last_change
     ORDER BY p.value ${direction}, p.id ${direction}`;
}

async function run(
  client: pg.PoolClient,
  kind: Kind,
  { sort }: RecordPage,
  { text, values }: Statement,
  how: string,
): Promise<ListedRecord[]> {
  await client.query(how);
  const { rows } = await client.query<PlaceRow>(text, values);
  return rows.map((row) => ({
    position: { id: row.place_id, value: sort.by === CREATED ? null : row.place_value },
    record: row.id === null ? null : toRecord(row, kind),
  }));
}

type PlaceRow = { place_id: string; place_value: string } & (RecordRow | { id: null });

function positionConditions(
  { after, sort }: RecordPage,
  { type }: Order,
  column: string,
  id: string,
  values: unknown[],
): string[] {
  if (after === null) return [];
  const beyond = sort.descending ? '<' : '>';
  const afterId = `$${String(values.push(after.id))}::uuid`;
  if (after.value === null) return [`${id} ${beyond} ${afterId}`];
  return [`(${column}, ${id}) ${beyond} ($${String(values.push(after.value))}::${type}, ${afterId})`];
}
