import type { Kind } from '../../domain/kinds/index.ts';
import { toKey } from '../../domain/keys.ts';
import { cleanText } from '../../domain/values/clean-text.ts';
import type { ColumnFilter, RecordFilter } from '../../prisma/repositories/record-conditions.ts';
import type { RecordSort } from '../../prisma/repositories/record-lists.ts';

/** The filters of a query that its schema let through. */
export function toRecordFilter(kind: Kind, query: Readonly<Record<string, unknown>>): RecordFilter {
  const given = (name: string): string | undefined => {
    const value = query[name];
    return typeof value === 'string' ? value : undefined;
  };
  const key = given(kind.keyColumn);
  const text = given('q');
  const columns: ColumnFilter[] = [];
  for (const { name: column, type, indexed } of kind.columns) {
    if (indexed !== true || column === kind.keyColumn) continue;
    const [exact, min, max] = [given(column), given(`${column}Min`), given(`${column}Max`)];
    if (exact !== undefined) {
      columns.push(
        type === 'boolean'
          ? { column, is: '=', value: exact === 'true' }
          : { column, is: 'begins', value: cleanText(exact) },
      );
    }
    if (min !== undefined) columns.push({ column, is: '>=', value: min });
    if (max !== undefined) columns.push({ column, is: '<=', value: max });
  }
  return {
    ...(key === undefined ? {} : { key: toKey(key) }),
    columns,
    ...(text === undefined ? {} : { text: cleanText(text) }),
  };
}

/** @param text the name of a column, with `-` in front for descending */
export function toRecordSort(text: string): RecordSort {
  const descending = text.startsWith('-');
  return { by: descending ? text.slice(1) : text, descending };
}
