import type { RecordColumn, Kind } from '../../domain/kinds/index.ts';
import { SQL_TYPES } from './apply-statements.ts';
import { folded, indexedColumns, searchedText, SORTED_LENGTH } from './record-search.ts';

/** Which records of a kind; all that is given must hold. */
export interface RecordFilter {
  /** The one with this key (domain/keys.ts). */
  key?: string | undefined;
  /** By the columns that can be filtered. */
  columns: readonly ColumnFilter[];
  /** In any of their texts. One or two letters are looked for where a word begins. */
  text?: string | undefined;
}

/**
 * What a column must be: this, not less or not more than this, or, without regard to case, begin with this or have it anywhere.
 * Every text can be asked for what it contains; one or two letters are then looked for where a word begins.
 */
export interface ColumnFilter {
  column: string;
  is: '=' | '>=' | '<=' | 'begins' | 'contains';
  value: string | boolean;
}

/** A statement, and its parameters. */
export interface Statement {
  text: string;
  values: unknown[];
}

export const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;

/** @throws when the kind has no such column, or can not be filtered by it */
export function columnOf(kind: Kind, name: string): RecordColumn {
  const column = indexedColumns(kind).find((one) => one.name === name);
  if (column === undefined) throw new Error(`${kind.name} have no indexed column ${name}`);
  return column;
}

/**
 * @param purpose `match`: so that indexes serve; `walk`: each record is looked at anyway, so only what is exact counts;
 *   `estimate`: only what the planner has statistics of
 */
export function searchConditions(
  kind: Kind,
  { columns, text }: RecordFilter,
  values: unknown[],
  purpose: Purpose,
): string[] {
  const conditions = columns.flatMap((filter) => {
    if (filter.is !== 'contains') return [columnCondition(kind, filter, values, 's', true)];
    // In any of the texts first, by their index. Which of them it is in, only the record itself tells.
    const inAny = textConditions(String(filter.value), values, purpose);
    if (purpose === 'estimate') return inAny;
    const inColumn = containsCondition(kind, filter, values, 'c');
    return [...inAny, `EXISTS (SELECT FROM ${kind.table} c WHERE c.id = s.record_id AND ${inColumn})`];
  });
  return text === undefined ? conditions : [...conditions, ...textConditions(text, values, purpose)];
}

type Purpose = 'match' | 'walk' | 'estimate';

function textConditions(text: string, values: unknown[], purpose: Purpose): string[] {
  const conditions: string[] = [];
  const given = givenText(text, values);
  const literal = `replace(replace(trigram_form(${given}), '%', '\\%'), '_', '\\_')`;
  if (purpose !== 'walk') conditions.push(`trigram_form(s.text) LIKE '%' || ${literal} || '%'`);
  if (purpose !== 'estimate') conditions.push(`strpos(s.text, ${given}) > 0`);
  return conditions;
}

function givenText(text: string, values: unknown[]): string {
  return folded(`$${String(values.push(isAnywhere(text) ? text : ` ${text}`))}::text`);
}

/** Of a record itself, by the rules by which the search table holds its texts. */
function containsCondition(
  kind: Kind,
  { column, value }: ColumnFilter,
  values: unknown[],
  row: string,
): string {
  const found = kind.columns.find(
    ({ name, type }) => name === column && (type === 'text' || type === 'email'),
  );
  if (found === undefined) throw new Error(`${kind.name} have no text ${column}`);
  const text = folded(searchedText(`${row}.${found.name}`));
  return `strpos(' ' || ${text}, ${givenText(String(value), values)}) > 0`;
}

/**
 * Less than a trigram would have to be looked for in every text; where a word begins, it is one with the blanks in front of it.
 * A sign of a script without blanks is more than a letter.
 */
function isAnywhere(text: string): boolean {
  return text.length >= 3 || /[\u2e80-\uffff]|[\u{10000}-\u{10ffff}]/u.test(text);
}

/** What can be asked of a record itself. */
export function recordConditions(
  kind: Kind,
  { columns }: RecordFilter,
  values: unknown[],
  row: string,
): string[] {
  return columns.map((filter) =>
    filter.is === 'contains'
      ? containsCondition(kind, filter, values, row)
      : columnCondition(kind, filter, values, row, false),
  );
}

function columnCondition(
  kind: Kind,
  { column, is, value }: ColumnFilter,
  values: unknown[],
  row: string,
  isFolded: boolean,
): string {
  const { name, type } = columnOf(kind, column);
  const parameter = `$${String(values.push(value))}::${SQL_TYPES[type]}`;
  if (is !== 'begins') return `${row}.${name} ${is} ${parameter}`;
  const beginning = `left(${folded(parameter)}, ${String(SORTED_LENGTH)})`;
  return isFolded ? `${row}.${name} ^@ ${beginning}` : `${folded(`${row}.${name}`)} ^@ ${beginning}`;
}

/** The text that is searched, where the record is known by its key already. By the primary key of the search table. */
export function textOfRecord(kind: Kind, { text }: RecordFilter, values: unknown[]): string[] {
  if (text === undefined) return [];
  const [condition = 'true'] = searchConditions(kind, { columns: [], text }, values, 'walk');
  const found = condition.replace('s.text', 't.text');
  return [`EXISTS (SELECT FROM ${kind.searchTable} t WHERE t.record_id = s.id AND ${found})`];
}
