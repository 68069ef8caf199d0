import { TextDecoder } from 'node:util';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import type { NumberFormat } from '../../domain/spreadsheet/number-format.ts';
import { createSharedStringsReader, SharedStrings } from '../../domain/spreadsheet/shared-strings.ts';
import { SheetCsv } from '../../domain/spreadsheet/sheet-csv.ts';
import { RowTooLarge, SheetReader } from '../../domain/spreadsheet/sheet-reader.ts';
import {
  readCellFormats,
  readRelationships,
  readWorkbook,
  type Relationship,
  type SheetEntry,
} from '../../domain/spreadsheet/workbook-parts.ts';
import { MalformedPart } from '../../domain/spreadsheet/xml-reader.ts';
import type { ByteSource } from './byte-source.ts';
import { UnpackBudget, type UnpackLimits } from './unpack-budget.ts';
import { openZip, type ZipArchive } from './zip-archive.ts';

type Blocks = AsyncGenerator<Buffer, void, undefined>;

/** Parts that are kept in memory as a whole: the list of sheets, the relationships, the styles. */
const MAX_SMALL_PART_BYTES = 8 * 1024 * 1024;
/** XML that is parsed before it is looked whether enough came out: a cell can stand for a text that is far longer. */
const PIECE_CHARACTERS = 2_048;
const OUTPUT_CHARACTERS = 256 * 1024;

/** A workbook, open for reading. */
export interface Workbook {
  /** The names of its visible sheets. */
  sheets: string[];
  /** The sheet that is read. */
  sheet: string;
  /** Its rows as CSV in UTF-8. */
  csv: Blocks;
}

/**
 * Opens an Excel workbook (.xlsx, .xlsm) and begins to read one of its sheets: the given one, else the first visible one with
 * something in it. Macros, links to other files and formulas are not looked at: what a formula gave when the workbook was
 * saved counts.
 *
 * @throws {UnreadableFile}
 */
export async function openWorkbook(
  source: ByteSource,
  given: string | undefined,
  limits: UnpackLimits,
): Promise<Workbook> {
  try {
    const budget = new UnpackBudget(limits);
    const zip = await openZip(source, budget);
    const parts = await readParts(zip);
    const visible = parts.sheets.filter(({ isVisible }) => isVisible);
    const candidates = given === undefined ? visible : [findSheet(parts.sheets, given)];
    const strings = await readStrings(zip, parts.sharedStrings, limits);
    const context = { zip, strings, parts, budget, limits };
    const names = visible.map(({ name }) => name);
    for (const { name, part } of candidates) {
      const csv = readSheet(part, context);
      const first = await csv.next();
      if (first.done !== true) return { sheets: names, sheet: name, csv: resumed(first.value, csv) };
    }
    const [empty] = candidates;
    if (empty === undefined) throw new UnreadableFile('empty_file', 'The workbook has no visible sheet.');
    return { sheets: names, sheet: empty.name, csv: readSheet(empty.part, context) };
  } catch (error) {
    throw toUnreadable(error);
  }
}

async function* resumed(first: Buffer, rest: Blocks): Blocks {
  try {
    yield first;
    yield* rest;
  } catch (error) {
    throw toUnreadable(error);
  } finally {
    await rest.return();
  }
}

interface Sheet extends SheetEntry {
  /** The name of its part. */
  part: string;
}

interface Parts {
  sheets: Sheet[];
  date1904: boolean;
  formats: NumberFormat[];
  sharedStrings: string | null;
}

/** Finds the parts of the workbook, from one to the next as ECMA-376, part 2 has it: their names mean nothing. */
async function readParts(zip: ZipArchive): Promise<Parts> {
  if (!zip.has('_rels/.rels')) throw notAWorkbook(zip);
  const root = readRelationships(await readSmall(zip, '_rels/.rels'), '');
  const main = root.find(({ type }) => type === 'officeDocument')?.target;
  if (main === undefined || !main.endsWith('.xml') || /^(word|ppt)\//.test(main)) throw notAWorkbook(zip);
  const slash = main.lastIndexOf('/');
  const [folder, file] = [main.slice(0, Math.max(0, slash)), main.slice(slash + 1)];
  const workbook = readWorkbook(await readSmall(zip, main));
  const relationshipsPart = `${folder === '' ? '' : `${folder}/`}_rels/${file}.rels`;
  const relationships = readRelationships(await readSmall(zip, relationshipsPart), folder);
  const partOfType = (type: string) =>
    relationships.find((relationship) => relationship.type === type && zip.has(relationship.target))
      ?.target ?? null;
  const styles = partOfType('styles');
  return {
    sheets: workbook.sheets.flatMap((sheet) => {
      const part = worksheetOf(sheet, relationships);
      return part === undefined ? [] : [{ ...sheet, part }];
    }),
    date1904: workbook.date1904,
    formats: styles === null ? [] : readCellFormats(await readSmall(zip, styles)),
    sharedStrings: partOfType('sharedStrings'),
  };
}

/** Sheets with nothing but a chart or a macro have other types. */
function worksheetOf({ relationshipId }: SheetEntry, relationships: Relationship[]): string | undefined {
  return relationships.find(({ id, type }) => id === relationshipId && type === 'worksheet')?.target;
}

/** Names of sheets are not case-sensitive. */
function findSheet(sheets: readonly Sheet[], given: string): Sheet {
  const exact = sheets.find(({ name }) => name === given);
  const similar = exact ?? sheets.find(({ name }) => name.toLowerCase() === given.toLowerCase());
  if (similar !== undefined) return similar;
  const names = sheets.filter(({ isVisible }) => isVisible).map(({ name }) => `"${name}"`);
  throw new UnreadableFile(
    'unknown_sheet',
    `The workbook has no sheet "${given}". It has ${names.slice(0, 20).join(', ')}.`,
  );
}

async function readSmall(zip: ZipArchive, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of zip.read(name)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_SMALL_PART_BYTES) throw new MalformedPart(`${name} is too large`);
  }
  const bytes = Buffer.concat(chunks);
  return decoderFor(bytes).decode(bytes);
}

async function readStrings(
  zip: ZipArchive,
  part: string | null,
  limits: UnpackLimits,
): Promise<SharedStrings> {
  const strings = new SharedStrings();
  if (part === null) return strings;
  const reader = createSharedStringsReader(strings, limits.IMPORT_MAX_RECORD_BYTES);
  const max = limits.IMPORT_MAX_SHARED_STRINGS_BYTES;
  let length = 0;
  for await (const piece of piecesOf(zip.read(part))) {
    length += piece.length;
    if (length > max) {
      throw new UnreadableFile(
        'unpacked_too_large',
        `The workbook has more than ${String(max)} bytes of different texts. Saved as CSV it can be larger.`,
      );
    }
    reader.write(piece);
  }
  reader.close();
  return strings;
}

interface SheetDeps {
  zip: ZipArchive;
  strings: SharedStrings;
  parts: Parts;
  budget: UnpackBudget;
  limits: UnpackLimits;
}

async function* readSheet(part: string, { zip, strings, parts, budget, limits }: SheetDeps): Blocks {
  const { formats, date1904 } = parts;
  const csv = new SheetCsv();
  const reader = new SheetReader(
    { strings, formats, date1904, maxRowBytes: limits.IMPORT_MAX_RECORD_BYTES },
    (row, cells) => csv.add(row, cells),
  );
  const take = (): Buffer => {
    const bytes = Buffer.from(csv.take());
    budget.giveOut(bytes.length);
    return bytes;
  };
  for await (const piece of piecesOf(zip.read(part))) {
    reader.write(piece);
    if (csv.ready >= OUTPUT_CHARACTERS) yield take();
    if (reader.isEnded) break;
  }
  if (!reader.isEnded) reader.close();
  csv.finish();
  if (csv.ready > 0) yield take();
}

/** The text of a part, in small pieces. */
async function* piecesOf(blocks: Blocks): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | null = null;
  for await (const block of blocks) {
    decoder ??= decoderFor(block);
    const text = decoder.decode(block, { stream: true });
    for (let at = 0; at < text.length; at += PIECE_CHARACTERS) yield text.slice(at, at + PIECE_CHARACTERS);
  }
  const rest = decoder?.decode() ?? '';
  if (rest !== '') yield rest;
}

/** Parts are in UTF-8 or, with a byte order mark, in UTF-16 (ECMA-376, part 2, 9.1.4). */
function decoderFor(beginning: Buffer): TextDecoder {
  const [a, b] = beginning;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le', { fatal: true });
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be', { fatal: true });
  return new TextDecoder('utf-8', { fatal: true });
}

function notAWorkbook(zip: ZipArchive): UnreadableFile {
  const what = zip.has('content.xml')
    ? 'an OpenDocument file'
    : zip.has('xl/workbook.bin')
      ? 'a binary Excel workbook (.xlsb)'
      : zip.has('[Content_Types].xml')
        ? 'an Office document, but no Excel workbook (.xlsx)'
        : 'a zip archive. Unpack it, and upload the file in it';
  return new UnreadableFile('unsupported_file', `The file is ${what}.`);
}

function toUnreadable(error: unknown): unknown {
  if (error instanceof MalformedPart) {
    return new UnreadableFile('unreadable_archive', `The workbook can not be read: ${error.message}.`);
  }
  if (error instanceof RowTooLarge) {
    return new UnreadableFile('record_too_large', `Row ${String(error.row)} of the sheet is too large.`);
  }
  // Of the decoder: bytes that are no text.
  if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return new UnreadableFile(
      'unreadable_archive',
      'The workbook can not be read: a part of it is not text.',
    );
  }
  return error;
}
