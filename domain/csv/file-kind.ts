import { UnreadableFile } from './unreadable-file.ts';

/** What a file is, by its first bytes. Its name says nothing: anything can be called .csv. */
export type FileKind = 'text' | 'gzip' | 'zip';

/** Bytes that tell whether a file is text. */
const KIND_SAMPLE_BYTES = 64 * 1024;

/** The first bytes of formats that people upload in place of a table, with what they are. */
const FOREIGN: readonly (readonly [signature: Buffer, what: string])[] = [
  [
    hex('d0cf11e0a1b11ae1'),
    'an Excel workbook of before 2007 (.xls), or one that is protected by a password',
  ],
  [Buffer.from('%PDF-'), 'a PDF document'],
  [hex('89504e47'), 'a picture'],
  [hex('ffd8ff'), 'a picture'],
  [Buffer.from('GIF8'), 'a picture'],
  [Buffer.from('RIFF'), 'a picture, sound or film'],
  [Buffer.from('SQLite format 3\0'), 'a database'],
  [Buffer.from('PAR1'), 'a Parquet file'],
  [Buffer.from('{\\rtf'), 'a text document'],
  [Buffer.from('Rar!'), 'a RAR archive'],
  [hex('377abcaf271c'), 'a 7-Zip archive'],
  [Buffer.from('BZh'), 'compressed with bzip2'],
  [hex('fd377a585a00'), 'compressed with xz'],
  [hex('28b52ffd'), 'compressed with Zstandard'],
  [hex('fffe0000'), 'text in UTF-32'],
  [hex('0000feff'), 'text in UTF-32'],
];
const GZIP = hex('1f8b');
const ZIP = Buffer.from('PK\u0003\u0004');
/** A zip archive with nothing in it, and the first of several parts. */
const ODD_ZIPS = [Buffer.from('PK\u0005\u0006'), Buffer.from('PK\u0007\u0008')];

/**
 * @param beginning the first bytes of a file
 * @throws {UnreadableFile} `unsupported_file`, when it is of a known kind that is not read
 */
export function fileKindOf(beginning: Buffer): FileKind {
  const beginsWith = (signature: Buffer) => beginning.subarray(0, signature.length).equals(signature);
  if (beginsWith(GZIP)) return 'gzip';
  if (beginsWith(ZIP) || ODD_ZIPS.some(beginsWith)) return 'zip';
  const foreign = FOREIGN.find(([signature]) => beginsWith(signature));
  if (foreign !== undefined && (isDocument(beginning) || hasControls(beginning.subarray(0, 512))))
    throw new UnreadableFile('unsupported_file', `The file is ${foreign[1]}.`);
  return 'text';
}

/** Documents that are text themselves. */
function isDocument(beginning: Buffer): boolean {
  return /^(%PDF-|\{\\rtf)/.test(beginning.subarray(0, 8).toString('latin1'));
}

/** A table may begin with the letters of a signature, but not go on with bytes that no text has. */
function hasControls(bytes: Buffer): boolean {
  return bytes.some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x20));
}

/** A text may have one odd byte in a hundred; a picture or a program has far more. */
const MAX_ODD_SHARE = 0.01;
const MAX_ODD_BYTES = 3;

/**
 * Refuses what is no text: bytes that no text has, more of them than damage explains.
 *
 * @param beginning the first bytes of a file that is not in UTF-16
 * @throws {UnreadableFile} `not_text`
 */
export function refuseBinary(beginning: Buffer): void {
  const sample = beginning.subarray(0, KIND_SAMPLE_BYTES);
  let odd = 0;
  for (const byte of sample) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) odd += 1;
  }
  if (odd > Math.max(MAX_ODD_BYTES, sample.length * MAX_ODD_SHARE)) {
    throw new UnreadableFile('not_text', 'The file is not a text file.');
  }
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
