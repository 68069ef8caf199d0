import { gzipSync } from 'node:zlib';
import type { FileErrorCode } from '../contracts/errors.ts';
import type { Blanks, Duplicates, Mode, OnError, RecordKind } from '../contracts/words.ts';
import { inlineRows, workbookOf } from '../tests/support/xlsx.ts';
import type { Upload } from './api.ts';
import type { Chooser } from './choose.ts';

/** A row of a file, and what it is meant to be. */
export interface FileRow {
  key: string;
  /** By column; a column that is not in the file is missing. */
  cells: Readonly<Record<string, string>>;
  /** `bad` breaks a rule of its kind; `poison` is refused by the database while the poison is in it. */
  nature: 'good' | 'bad' | 'poison';
}

/** The policies of an import. */
export interface FilePolicies {
  mode: Mode;
  blanks: Blanks;
  duplicates: Duplicates;
  onError: OnError;
  dryRun: boolean;
}

/** A file to be imported, with all that must be known to say what it leaves. */
export interface ImportFile extends Upload {
  /** For people, such as `700 products, semicolon, abort`. */
  summary: string;
  kind: RecordKind;
  policies: FilePolicies;
  rows: readonly FileRow[];
  /** With which code it fails as a whole; null for a file that can be read. */
  unreadable: FileErrorCode | null;
}

/** A name that the database refuses while the poison is in it. */
export const POISON = 'poison';

/** Keys of a lane. No file has more rows, but for repeated keys. */
const KEYS = 1_500;
/** Keys in a scattered order; no divisor of their number. */
const STRIDE = 7;
const SIZES = [
  { weight: 2, rows: 1 },
  { weight: 3, rows: 30 },
  { weight: 4, rows: 200 },
  { weight: 3, rows: 600 },
  { weight: 1, rows: KEYS },
] as const;

type Table = readonly (readonly string[])[];

interface Format {
  weight: number;
  name: string;
  extension: string;
  decimal: '.' | ',';
  dialect?: object;
  encode: (table: Table) => Buffer;
}

const FORMATS: readonly Format[] = [
  { weight: 4, name: 'comma', extension: 'csv', decimal: '.', encode: (table) => lines(table, ',') },
  {
    weight: 2,
    name: 'semicolon',
    extension: 'csv',
    decimal: ',',
    dialect: { delimiter: ';', decimal: ',' },
    encode: (table) => lines(table, ';', '\r\n'),
  },
  {
    weight: 1,
    name: 'tab, UTF-16',
    extension: 'txt',
    decimal: '.',
    encode: (table) => Buffer.from(`\ufeff${lines(table, '\t').toString()}`, 'utf16le'),
  },
  {
    weight: 1,
    name: 'windows-1252',
    extension: 'csv',
    decimal: ',',
    dialect: { encoding: 'windows-1252', delimiter: ';', decimal: ',' },
    // What stands in these files is in the first 256 characters, and the same in both.
    encode: (table) => Buffer.from(lines(table, ';').toString(), 'latin1'),
  },
  {
    weight: 2,
    name: 'gzip',
    extension: 'csv.gz',
    decimal: '.',
    encode: (table) => gzipSync(lines(table, ',')),
  },
  {
    weight: 1,
    name: 'workbook',
    extension: 'xlsx',
    decimal: '.',
    encode: (table) => workbookOf({ sheets: [{ name: 'Sheet1', rows: inlineRows(table) }] }),
  },
];

function lines(table: Table, delimiter: string, lineEnd = '\n'): Buffer {
  const cell = (text: string): string =>
    text.includes(delimiter) || /["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return Buffer.from(table.map((cells) => cells.map(cell).join(delimiter) + lineEnd).join(''));
}

/** How files of a kind are made up. */
interface Shape {
  columns: readonly string[];
  optional: string;
  keyColumn: string;
  key: (lane: string, number: number) => string;
  /** Cells but the key, of a version of a record; two files with the same version of it have the same cells. */
  cells: (number: number, version: number, decimal: '.' | ',') => Record<string, string>;
  bad: Record<string, string>;
}

const SHAPES: Record<RecordKind, Shape> = {
  products: {
    columns: ['sku', 'name', 'price', 'description', 'stock'],
    optional: 'description',
    keyColumn: 'sku',
    key: (lane, number) => `${lane}-${String(number)}`,
    cells: (number, version, decimal) => ({
      name: `Möbel ${String(number)}`,
      price: `${String(1 + (number % 90) + version)}${decimal}25`,
      description: `version ${String(version)}, ${'long '.repeat(number % 5)}text`,
      stock: String((number + version) % 50),
    }),
    bad: { price: 'not a price' },
  },
  customers: {
    columns: ['email', 'name', 'company', 'phone'],
    optional: 'phone',
    keyColumn: 'email',
    key: (lane, number) => `${lane}-${String(number)}@chaos.example`,
    cells: (number, version) => ({
      name: `Zoë ${String(number)}`,
      company: `Company ${String(version)}`,
      phone: `+49 30 ${String(1_000 + number)} ${String(version)}`,
    }),
    bad: { email: 'nobody at all' },
  },
};

/**
 * Makes up a file for a lane: a space of keys of its own, in which imports follow one another.
 *
 * @param lane begins each of its keys
 */
export function makeImportFile(choose: Chooser, kind: RecordKind, lane: string): ImportFile {
  if (choose.chance(0.06)) return makeUnreadableFile(choose, kind);
  const shape = SHAPES[kind];
  const format = choose.weighted(FORMATS);
  const size = choose.weighted(SIZES).rows;
  const policies = choosePolicies(choose);
  const columns = choose.chance(0.2)
    ? shape.columns.filter((column) => column !== shape.optional)
    : shape.columns;
  const badShare = choose.chance(0.4) ? 0.02 : 0;
  const repeatShare = choose.chance(0.4) ? 0.04 : 0;
  const poisonAt = policies.onError !== 'abort' && choose.chance(0.15) ? choose.below(size) : -1;
  const offset = choose.below(KEYS);

  const rows = Array.from({ length: size }, (_, at): FileRow => {
    const repeated = at > 0 && choose.chance(repeatShare);
    const number = (offset + STRIDE * (repeated ? choose.below(at) : at)) % KEYS;
    const cells: Record<string, string> = {
      [shape.keyColumn]: shape.key(lane, number),
      ...shape.cells(number, choose.below(3), format.decimal),
    };
    const unsaid = choose.number();
    if (unsaid < 0.1) cells[shape.optional] = '';
    else if (unsaid < 0.14) cells[shape.optional] = '#N/A';
    else if (unsaid < 0.18 && format.name !== 'workbook') cells[shape.optional] = 'one line\nand another';
    const nature = at === poisonAt ? 'poison' : choose.chance(badShare) ? 'bad' : 'good';
    if (nature === 'bad') Object.assign(cells, shape.bad);
    if (nature === 'poison') {
      // A key of its own: no other row stands for it, or is passed over for it.
      Object.assign(cells, { name: POISON, [shape.keyColumn]: shape.key(lane, KEYS + choose.below(KEYS)) });
    }
    return {
      key: cells[shape.keyColumn] ?? '',
      cells: Object.fromEntries(columns.map((column) => [column, cells[column] ?? ''])),
      nature,
    };
  });
  const table = [columns, ...rows.map(({ cells }) => columns.map((column) => cells[column] ?? ''))];
  return {
    summary: [`${String(size)} ${kind}`, format.name, ...wordsOf(policies)].join(', '),
    kind,
    filename: `chaos.${format.extension}`,
    content: Buffer.from(format.encode(table)),
    dialect: format.dialect ?? null,
    policies,
    rows,
    unreadable: null,
  };
}

function makeUnreadableFile(choose: Chooser, kind: RecordKind): ImportFile {
  const [unreadable, text] = choose.oneOf([
    ['missing_columns', 'colour,size\nred,7\nblue,8\n'],
    ['empty_file', `${SHAPES[kind].columns.join(',')}\n`],
  ] as const);
  return {
    summary: `${kind}, unreadable: ${unreadable}`,
    kind,
    filename: 'chaos.csv',
    content: Buffer.from(text),
    dialect: null,
    policies: { mode: 'upsert', blanks: 'keep', duplicates: 'last', onError: 'skip', dryRun: false },
    rows: [],
    unreadable,
  };
}

function choosePolicies(choose: Chooser): FilePolicies {
  const dryRun = choose.chance(0.12);
  return {
    mode: choose.weighted([
      { weight: 7, mode: 'upsert' as const },
      { weight: 1, mode: 'create' as const },
      { weight: 1, mode: 'update' as const },
    ]).mode,
    blanks: choose.chance(0.3) ? 'clear' : 'keep',
    duplicates: choose.oneOf(['last', 'last', 'first', 'reject']),
    onError: !dryRun && choose.chance(0.15) ? 'abort' : 'skip',
    dryRun,
  };
}

function wordsOf({ mode, duplicates, onError, dryRun }: FilePolicies): string[] {
  return [
    ...(mode === 'upsert' ? [] : [mode]),
    ...(duplicates === 'last' ? [] : [`duplicates ${duplicates}`]),
    ...(onError === 'abort' ? ['abort'] : []),
    ...(dryRun ? ['dry run'] : []),
  ];
}
