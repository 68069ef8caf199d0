import { isUtf8 } from 'node:buffer';
import type { Mode } from '../../contracts/words.ts';
import type { Kind } from '../kinds/index.ts';
import { matchHeader } from './match-header.ts';
import { parseCells } from './parse-chunk.ts';
import { type Reading, STANDARD_DIALECT } from './reading.ts';
import { RecordCutter } from './record-cutter.ts';
import { byteOrderMarkLength, looksBinary, looksLikeUtf16 } from './text.ts';
import { UnreadableFile } from './unreadable-file.ts';

/** How much of the file tells whether it is text. */
const SAMPLE_BYTES = 64 * 1024;
/** How many of the headers that were found an error names. */
const MAX_NAMED = 20;

export interface HeaderExpectations {
  kind: Kind;
  mode: Mode;
  maxColumns: number;
}

/** What the beginning of a file says about the rest. */
export interface FileHeader {
  reading: Reading;
  /** Byte at which the records begin. */
  offset: number;
  /** Physical line on which they begin, from 1. */
  line: number;
}

/**
 * Understands the beginning of a file: is it text, and which of its columns mean what.
 *
 * @param beginning the first bytes of the file, enough to hold its header
 * @param isWhole whether that is the whole file
 * @throws {UnreadableFile} with the line, and what to do
 */
export function readHeader(
  beginning: Buffer,
  isWhole: boolean,
  { kind, mode, maxColumns }: HeaderExpectations,
): FileHeader {
  const bom = byteOrderMarkLength(beginning);
  if (beginning.subarray(bom).toString('latin1').trim() === '') {
    throw new UnreadableFile('empty_file', 'The file is empty.');
  }
  if (looksLikeUtf16(beginning)) throw new UnreadableFile('not_text', 'The file is text in UTF-16.');
  if (looksBinary(beginning.subarray(0, SAMPLE_BYTES))) {
    throw new UnreadableFile('not_text', 'The file is not a text file.');
  }
  const cutter = new RecordCutter(STANDARD_DIALECT);
  const found = cutter.advance(beginning, bom, isWhole);
  const where = `The header on line ${1 + cutter.linesBefore}`;
  if (found === 'unclosed_quote')
    throw new UnreadableFile('malformed_csv', `${where} opens a quote and never closes it.`);
  if (found !== 'record') throw new UnreadableFile('record_too_large', `${where} is too large.`);
  if (cutter.malformed) throw new UnreadableFile('malformed_csv', `${where} has text after a closing quote.`);
  const bytes = beginning.subarray(cutter.start, cutter.end);
  if (!isUtf8(bytes) || bytes.includes(0))
    throw new UnreadableFile('not_text', `${where} is not UTF-8 text.`);

  const [header = []] = parseCells(bytes, STANDARD_DIALECT);
  if (header.length > maxColumns) {
    throw new UnreadableFile(
      'too_many_columns',
      `${where} has ${header.length} columns; ${maxColumns} are allowed.`,
    );
  }
  const { columns, missing, repeated } = matchHeader(header, kind, mode);
  if (missing.length > 0) {
    const names = header.map((cell) => cell.trim()).filter(Boolean);
    const shown = listed(names.slice(0, MAX_NAMED)) + (names.length > MAX_NAMED ? ' and others' : '');
    throw new UnreadableFile(
      'missing_columns',
      `${where} has no column ${listed(missing)}. It has: ${shown}.`,
    );
  }
  if (repeated.length > 0) {
    throw new UnreadableFile(
      'duplicate_columns',
      `${where} has more than one column for ${listed(repeated)}.`,
    );
  }
  const reading: Reading = { encoding: 'utf-8', dialect: STANDARD_DIALECT, header, columns };
  return { reading, offset: cutter.next, line: 1 + cutter.lines };
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
