import { detectEncoding, type DetectedEncoding } from '../../domain/csv/detect-encoding.ts';
import { encodingOf } from '../../domain/csv/encodings.ts';
import { refuseBinary } from '../../domain/csv/file-kind.ts';
import type { FileSource, GivenSource } from '../../domain/csv/file-source.ts';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';

/**
 * Decides in what encoding a text is read: the given one, else the detected one.
 *
 * @throws {UnreadableFile} when it is no text
 */
export function decideEncoding(beginning: Buffer, given: GivenSource): DetectedEncoding {
  const detected = detectEncoding(beginning);
  if (given.encoding === undefined) {
    if (!detected.encoding.startsWith('utf-16')) refuseBinary(beginning);
    return detected;
  }
  const encoding = encodingOf(given.encoding);
  if (encoding === null) {
    throw new UnreadableFile('not_text', `The encoding "${given.encoding}" is not known.`);
  }
  if (!encoding.startsWith('utf-16')) refuseBinary(beginning);
  return { encoding, bom: encoding === detected.encoding ? detected.bom : 0, confidence: 1, certain: true };
}

export function textSource(
  { encoding, confidence, certain }: DetectedEncoding,
  compression: FileSource['compression'],
): FileSource {
  return {
    container: 'csv',
    compression,
    encoding,
    encodingConfidence: confidence,
    encodingCertain: certain,
    sheet: null,
    sheets: [],
  };
}

export function workbookSource(sheet: string, sheets: string[]): FileSource {
  return {
    container: 'xlsx',
    compression: null,
    encoding: 'utf-8',
    encodingConfidence: 1,
    encodingCertain: true,
    sheet,
    sheets,
  };
}

/** What a gzip file holds has to be text: archives in archives are not read. */
export function refuseArchiveInGzip(kind: 'gzip' | 'zip'): never {
  const what = kind === 'zip' ? 'a workbook or a zip archive' : 'another compressed file';
  throw new UnreadableFile('unsupported_file', `The compressed file holds ${what}. Upload that one itself.`);
}
