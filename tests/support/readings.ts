import type { RecordKind } from '../../contracts/words.ts';
import { STANDARD_DIALECT } from '../../domain/csv/dialect.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import { KINDS } from '../../domain/kinds/index.ts';

/** What is understood of a plain file whose columns bear the kind's names. */
export function readingOf(header: string[], kind: RecordKind = 'products', delimiter = ','): Reading {
  const names = KINDS[kind].columns.map(({ name }) => name);
  return {
    text: { storageKey: 'not-stored', sizeBytes: 0 },
    source: {
      container: 'csv',
      compression: null,
      encoding: 'utf-8',
      encodingConfidence: 1,
      encodingCertain: true,
      sheet: null,
      sheets: [],
    },
    dialect: { ...STANDARD_DIALECT, delimiter },
    dialectConfidence: 1,
    headerLine: 1,
    header,
    recordsAt: { offset: 0, line: 2 },
    mapping: {
      source: { type: 'columns', name: null, export: null },
      columns: header.flatMap((cell, position) => {
        const column = names.find((name) => name === cell.toLowerCase());
        return column === undefined ? [] : [{ column, from: [position] }];
      }),
      group: null,
      skip: [],
    },
    numberFormats: {},
    numberFormatsGiven: false,
  };
}
