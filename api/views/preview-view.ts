import type { UnpackedBeginning } from '../../adapters/unpack/unpack-beginning.ts';
import type { Preview } from '../../contracts/http/preview.ts';
import type { GivenDialect, Mode, ImportKind } from '../../contracts/words.ts';
import { STANDARD_DIALECT } from '../../domain/csv/dialect.ts';
import type { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { type Row, readRows } from '../../domain/read-rows.ts';
import type { Understanding } from '../../domain/understand-file.ts';
import { viewColumns } from './reading-view.ts';
import { viewValues } from './row-view.ts';

/** How many rows are shown. */
const SHOWN_ROWS = 100;

export interface PreviewToView {
  /** What the caller said of how the file is written. */
  given: GivenDialect;
  understood: Understanding;
  beginning: UnpackedBeginning;
  mode: Mode;
  suggested: { id: string; name: string } | null;
}

/** What was understood of a file, as the API shows it. */
export function viewPreview({ understood, beginning, given, mode, suggested }: PreviewToView): Preview {
  const { match, header, kind, records } = understood;
  const { source, isWhole } = beginning;
  const rows = readSample(understood, beginning, { mode, given });
  const hints = hintsOf(understood, beginning);
  return {
    kind,
    kindConfidence: understood.kindConfidence,
    container: source.container,
    compression: source.compression,
    sheet: source.sheet,
    sheets: source.sheets,
    encoding: source.encoding,
    encodingConfidence: source.encodingConfidence,
    dialect: understood.dialect,
    dialectConfidence: understood.dialectConfidence,
    headerLine: understood.headerLine,
    headerConfidence: understood.headerConfidence,
    alternatives: understood.alternatives,
    header,
    columns: viewColumns(header, match?.mapping ?? null),
    mapping:
      match === null
        ? null
        : {
            source: match.mapping.source.type,
            name: match.mapping.source.name,
            columns: Object.fromEntries(
              match.mapping.columns.map(({ column, from }) => [column, from.map((position) => position + 1)]),
            ),
            matches: match.matches,
          },
    suggestedMapping: suggested,
    recordColumns: recordColumnsOf(kind),
    ignoredColumns: (match?.ignored ?? []).map(({ position, ...rest }) => ({
      position: position + 1,
      ...rest,
    })),
    numberFormats: understood.numberFormats,
    rows: records.slice(0, SHOWN_ROWS).map((record, index) => {
      const row = rows[index];
      return {
        row: index + 1,
        line: record.line,
        outcome: row?.outcome ?? 'pending',
        cells: [...record.cells],
        values: row === undefined || kind === null ? null : viewValues(row.cells, IMPORTABLE[kind]),
        errors: row?.errors ?? [],
      };
    }),
    clearedCells: records.reduce(
      (sum, { cells }) => sum + cells.filter((cell) => cell.trim() === '#N/A').length,
      0,
    ),
    problems: understood.problems,
    notes: hints.map(({ message }) => message),
    hints,
    isWhole,
  };
}

function recordColumnsOf(kind: ImportKind | null): Preview['recordColumns'] {
  if (kind === null) return [];
  const { columns, keyColumn } = IMPORTABLE[kind];
  return columns.map(({ name, required }) => ({
    column: name,
    isRequired: required,
    isKey: name === keyColumn,
  }));
}

/** The rows of the beginning as they would be staged; none while it is not known what they are. */
function readSample(
  { kind, match, dialect, header, numberFormats, recordsAt, recordsEnd, records }: Understanding,
  { text, source }: UnpackedBeginning,
  { mode, given }: Pick<PreviewToView, 'mode' | 'given'>,
): Row[] {
  if (kind === null || match === null || records.length === 0) return [];
  const { rows } = readRows(
    text.subarray(recordsAt.offset, recordsEnd),
    { firstRow: 1, firstLine: recordsAt.line },
    {
      kind,
      options: { mode, blanks: 'keep', dialect: given },
      reading: { source, dialect, header, mapping: match.mapping, numberFormats },
    },
  );
  const sample: Row[] = [];
  for (const row of rows) {
    sample.push(row);
    if (sample.length >= Math.min(records.length, SHOWN_ROWS)) break;
  }
  return sample;
}

/** Below this a reader should look. */
const SURE = 0.5;

function hintsOf(understood: Understanding, { source, isWhole }: UnpackedBeginning): Preview['hints'] {
  const hints: Preview['hints'] = [];
  const hint = (code: Preview['hints'][number]['code'], message: string): void => {
    hints.push({ code, message });
  };
  for (const note of understood.match?.notes ?? []) hint('export', note);
  if (understood.kind === null) {
    hint('kind', 'What the records are could not be told from the header: choose a kind.');
  }
  if (source.sheets.length > 1) {
    hint(
      'sheet',
      `The sheet "${source.sheet ?? ''}" is read; another one is chosen by \`sheet\` in \`dialect\`.`,
    );
  }
  if (understood.alternatives.length > 0) {
    hint(
      'alternatives',
      'The file can be read in more than one way: compare the rows, and choose by `dialect`.',
    );
  }
  if (source.encodingConfidence < SURE) {
    hint(
      'encoding',
      `The encoding ${source.encoding} is little more than a guess: look at letters with accents, and give \`encoding\` if they are wrong.`,
    );
  }
  for (const [column, format] of Object.entries(understood.numberFormats)) {
    if (format === 'mixed') {
      hint(
        'numbers',
        `Some numbers of "${column}" are written with a decimal point and some with a comma: those that can be read in two ways are rejected, unless \`decimal\` is given.`,
      );
    }
  }
  if (!isWhole) {
    hint(
      'beginning',
      'Only the beginning was looked at. The whole file decides how many rows there are, which keys repeat, and how numbers are written that can be read in two ways.',
    );
  }
  return hints;
}

/** A file of which nothing can be shown but why. */
export function viewUnreadable({ code, message }: UnreadableFile, isWhole: boolean): Preview {
  return {
    kind: null,
    kindConfidence: 0,
    container: 'csv',
    compression: null,
    sheet: null,
    sheets: [],
    encoding: 'utf-8',
    encodingConfidence: 0,
    dialect: STANDARD_DIALECT,
    dialectConfidence: 0,
    headerLine: null,
    headerConfidence: 0,
    alternatives: [],
    header: [],
    columns: [],
    mapping: null,
    suggestedMapping: null,
    recordColumns: [],
    ignoredColumns: [],
    numberFormats: {},
    rows: [],
    clearedCells: 0,
    problems: [{ code, message }],
    notes: [],
    hints: [],
    isWhole,
  };
}
