import { ENCODING_SAMPLE_BYTES, wholeCharacters } from '../../domain/csv/detect-encoding.ts';
import { fileKindOf } from '../../domain/csv/file-kind.ts';
import type { FileSource, GivenSource } from '../../domain/csv/file-source.ts';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import { blocksOf, bytesInMemory } from './byte-source.ts';
import { toUtf8 } from './decode-text.ts';
import { gunzip } from './inflate.ts';
import { decideEncoding, refuseArchiveInGzip, textSource, workbookSource } from './text-source.ts';
import { Turnstile } from './turnstile.ts';
import { UnpackBudget, type UnpackLimits } from './unpack-budget.ts';
import { openWorkbook } from './workbook.ts';

export interface BeginningOptions {
  /** Whether the bytes are the whole file. */
  isWhole: boolean;
  given?: GivenSource;
}

/** The beginning of a file as plain CSV in UTF-8. */
export interface UnpackedBeginning {
  /** Ends with a whole character. */
  text: Buffer;
  /** Whether that is all of the file's text. */
  isWhole: boolean;
  source: FileSource;
}

/** What is unpacked, at most: many times what a preview shows. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
/** A preview is over before it meets what makes a file large; these bound a file that was made to do harm. */
const LIMITS: UnpackLimits = {
  IMPORT_MAX_UNPACKED_BYTES: 512 * 1024 * 1024,
  IMPORT_MAX_COMPRESSION_RATIO: 200,
  IMPORT_MAX_SHARED_STRINGS_BYTES: 64 * 1024 * 1024,
  IMPORT_MAX_RECORD_BYTES: 1024 * 1024,
};

const workbooks = new Turnstile();

/**
 * Does to the first bytes of a file what `unpackFile` does to the stored whole, in memory, for a preview. What it says of the
 * source is what `unpackFile` will say, unless the preview was too short to tell.
 *
 * @param bytes the beginning of a file, some megabytes
 * @throws {UnreadableFile} also when it is a workbook and not whole: the directory of a workbook is at its end
 */
export async function unpackBeginning(bytes: Buffer, options: BeginningOptions): Promise<UnpackedBeginning> {
  const { isWhole, given = {} } = options;
  switch (fileKindOf(bytes)) {
    case 'zip':
      if (!isWhole) {
        throw new UnreadableFile(
          'unsupported_file',
          'The workbook is too large for a preview; it can be imported.',
        );
      }
      return workbooks.run(() => previewWorkbook(bytes, given));
    case 'gzip':
      return previewGzip(bytes, isWhole, given);
    case 'text':
      return previewText(bytes, isWhole, given, null);
  }
}

async function previewText(
  bytes: Buffer,
  isWhole: boolean,
  given: GivenSource,
  compression: FileSource['compression'],
): Promise<UnpackedBeginning> {
  const detected = decideEncoding(bytes.subarray(0, ENCODING_SAMPLE_BYTES), given);
  const source = textSource(detected, compression);
  const own = bytesInMemory(bytes);
  const blocks = blocksOf(own, detected.encoding === 'utf-8' ? 0 : detected.bom);
  const decoded = detected.encoding === 'utf-8' ? blocks : toUtf8(blocks, detected.encoding, isWhole);
  const { text, isComplete } = await collect(decoded);
  return { ...cut(text, isWhole && isComplete), source };
}

async function previewGzip(bytes: Buffer, isWhole: boolean, given: GivenSource): Promise<UnpackedBeginning> {
  const blocks = gunzip(blocksOf(bytesInMemory(bytes)), isWhole, new UnpackBudget(LIMITS));
  const { text, isComplete } = await collect(blocks);
  const kind = fileKindOf(text);
  if (kind !== 'text') refuseArchiveInGzip(kind);
  return previewText(text, isWhole && isComplete, given, 'gzip');
}

async function previewWorkbook(bytes: Buffer, given: GivenSource): Promise<UnpackedBeginning> {
  const { sheet, sheets, csv } = await openWorkbook(bytesInMemory(bytes), given.sheet, LIMITS);
  const { text, isComplete } = await collect(csv);
  return { ...cut(text, isComplete), source: workbookSource(sheet, sheets) };
}

/** As much as a preview takes. */
async function collect(
  blocks: AsyncGenerator<Buffer, void, undefined>,
): Promise<{ text: Buffer; isComplete: boolean }> {
  const held: Buffer[] = [];
  let length = 0;
  for await (const block of blocks) {
    held.push(block);
    length += block.length;
    if (length > MAX_TEXT_BYTES) {
      return { text: Buffer.concat(held).subarray(0, MAX_TEXT_BYTES), isComplete: false };
    }
  }
  return { text: Buffer.concat(held), isComplete: true };
}

function cut(text: Buffer, isWhole: boolean): { text: Buffer; isWhole: boolean } {
  return { text: isWhole ? text : text.subarray(0, wholeCharacters(text)), isWhole };
}
