import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type DetectedEncoding, ENCODING_SAMPLE_BYTES } from '../../domain/csv/detect-encoding.ts';
import { fileKindOf } from '../../domain/csv/file-kind.ts';
import type { FileSource, GivenSource } from '../../domain/csv/file-source.ts';
import { derivedKey } from '../storage/derived-key.ts';
import type { FileStorage } from '../storage/storage.ts';
import { blocksOf, type ByteSource, peek, storedBytes } from './byte-source.ts';
import { toUtf8 } from './decode-text.ts';
import { gunzip } from './inflate.ts';
import { decideEncoding, refuseArchiveInGzip, textSource, workbookSource } from './text-source.ts';
import { Turnstile } from './turnstile.ts';
import { UnpackBudget, type UnpackLimits } from './unpack-budget.ts';
import { openWorkbook } from './workbook.ts';

export interface UnpackRequest {
  storage: FileStorage;
  /** The uploaded file. */
  key: string;
  sizeBytes: number;
  given?: GivenSource;
  limits: UnpackLimits;
  /** Told now and then how many bytes of the upload have been read; what it throws ends the work. */
  onProgress?: (bytesRead: number) => void;
}

/** A stored file that is plain CSV in UTF-8. */
export interface UnpackedFile {
  key: string;
  sizeBytes: number;
  source: FileSource;
}

/** The shared texts of a workbook are in memory while it is read: one workbook of a process is open at a time. */
const workbooks = new Turnstile();

/**
 * Makes an upload readable: plain CSV in UTF-8, whatever it was. What is that already stays where it is, and only its first
 * bytes are read; everything else is unpacked or decoded into a second file in the storage, block by block.
 *
 * It may be repeated, and run twice at a time: the second file appears whole or not at all, and its key says what it holds.
 * To read a file in another encoding than it seemed to be in, call it again with `given.encoding`.
 *
 * @throws {UnreadableFile} when the file can't be read at all; whatever the storage throws comes through as it is
 */
export async function unpackFile(request: UnpackRequest): Promise<UnpackedFile> {
  const { storage, key, sizeBytes, onProgress } = request;
  const source = storedBytes(storage, key, sizeBytes, onProgress);
  const beginning = await source.read(0, ENCODING_SAMPLE_BYTES);
  switch (fileKindOf(beginning)) {
    case 'zip':
      return workbooks.run(() => unpackWorkbook(request, source));
    case 'gzip':
      return unpackGzip(request, source);
    case 'text':
      return unpackText(request, source, beginning);
  }
}

async function unpackText(
  { storage, key, sizeBytes, given = {}, limits }: UnpackRequest,
  source: ByteSource,
  beginning: Buffer,
): Promise<UnpackedFile> {
  const detected = decideEncoding(beginning, given);
  const described = textSource(detected, null);
  if (detected.encoding === 'utf-8') return { key, sizeBytes, source: described };
  const text = toUtf8(blocksOf(source, detected.bom), detected.encoding, true);
  return store(storage, derivedKey(key, detected.encoding), bounded(text, limits), described);
}

async function unpackGzip(
  { storage, key, given = {}, limits }: UnpackRequest,
  source: ByteSource,
): Promise<UnpackedFile> {
  const unpacked = gunzip(blocksOf(source), true, new UnpackBudget(limits));
  const { beginning, all } = await peek(unpacked, ENCODING_SAMPLE_BYTES);
  let detected: DetectedEncoding;
  try {
    const kind = fileKindOf(beginning);
    if (kind !== 'text') refuseArchiveInGzip(kind);
    detected = decideEncoding(beginning, given);
  } catch (error) {
    await unpacked.return();
    throw error;
  }
  const text = detected.encoding === 'utf-8' ? all : toUtf8(all, detected.encoding, true);
  return store(
    storage,
    derivedKey(key, `gzip-${detected.encoding}`),
    bounded(text, limits),
    textSource(detected, 'gzip'),
  );
}

async function unpackWorkbook(
  { storage, key, given = {}, limits }: UnpackRequest,
  source: ByteSource,
): Promise<UnpackedFile> {
  const { sheet, sheets, csv } = await openWorkbook(source, given.sheet, limits);
  const variant = `sheet-${createHash('sha256').update(sheet).digest('hex').slice(0, 16)}`;
  return store(storage, derivedKey(key, variant), csv, workbookSource(sheet, sheets));
}

async function store(
  storage: FileStorage,
  key: string,
  content: AsyncGenerator<Buffer, void, undefined>,
  source: FileSource,
): Promise<UnpackedFile> {
  const sizeBytes = await storage.write(key, Readable.from(content, { objectMode: false }));
  return { key, sizeBytes, source };
}

/** Decoded text may be up to three times as long as what it was. */
async function* bounded(
  blocks: AsyncGenerator<Buffer, void, undefined>,
  limits: UnpackLimits,
): AsyncGenerator<Buffer, void, undefined> {
  const budget = new UnpackBudget({ ...limits, IMPORT_MAX_COMPRESSION_RATIO: Infinity });
  budget.takeIn(1);
  for await (const block of blocks) {
    budget.giveOut(block.length);
    yield block;
  }
}
