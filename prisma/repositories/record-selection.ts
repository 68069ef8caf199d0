import type { Kind } from '../../domain/kinds/index.ts';
import {
  recordConditions,
  type RecordFilter,
  searchConditions,
  type Statement,
  textOfRecord,
  where,
} from './record-conditions.ts';

/** Which records a job is to be about. */
export type RecordSelection =
  | { by: 'ids'; ids: readonly string[] }
  /** What a list with this filter shows. */
  | { by: 'filter'; filter: RecordFilter }
  | { by: 'all' };

/**
 * The statement that chooses records: a row for each, with `id`, `key` and `version`. An id that is given and that no record has
 * is there too, without key and version; one that is given twice is there once.
 */
export function selectionStatement(kind: Kind, selection: RecordSelection): Statement {
  switch (selection.by) {
    case 'ids':
      return {
        text: `
          SELECT given.id, r.${kind.keyField} AS key, r.version
            FROM (SELECT DISTINCT id FROM unnest($1::uuid[]) AS id) given
            LEFT JOIN ${kind.table} r ON r.id = given.id`,
        values: [selection.ids],
      };
    case 'filter':
      return filteredStatement(kind, selection.filter);
    case 'all':
      return { text: `SELECT r.id, r.${kind.keyField} AS key, r.version FROM ${kind.table} r`, values: [] };
  }
}

/**
 * As lists find them (listRecords): the one with a key in the table itself, others in the search table, and held against the
 * filter once more as they are now. So what a list does not show yet, some time after an import, is not chosen.
 */
function filteredStatement(kind: Kind, filter: RecordFilter): Statement {
  const values: unknown[] = [];
  if (filter.key !== undefined) {
    const conditions = [
      `s.${kind.keyField} = $${String(values.push(filter.key))}`,
      ...recordConditions(kind, filter, values, 's'),
      ...textOfRecord(kind, filter, values),
    ];
    return {
      text: `SELECT s.id, s.${kind.keyField} AS key, s.version FROM ${kind.table} s ${where(conditions)}`,
      values,
    };
  }
  const found = where(searchConditions(kind, filter, values, 'match'));
  const still = ['r.id = s.record_id', ...recordConditions(kind, filter, values, 'r')].join(' AND ');
  return {
    text: `
      SELECT r.id, r.${kind.keyField} AS key, r.version
        FROM ${kind.searchTable} s
        JOIN ${kind.table} r ON ${still}
       ${found}`,
    values,
  };
}
