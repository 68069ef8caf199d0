import { crc32 } from 'node:zlib';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import { blocksOf, type ByteSource } from './byte-source.ts';
import { inflate } from './inflate.ts';
import type { UnpackBudget } from './unpack-budget.ts';

/** A workbook has a few parts for each sheet, and one for each picture. */
const MAX_ENTRIES = 5_000;
const STORED = 0;
const DEFLATED = 8;

/** A zip archive whose directory has been read. */
export interface ZipArchive {
  has(name: string): boolean;
  /**
   * The bytes of one of its files, checked against the length and the checksum in the directory.
   *
   * @throws {UnreadableFile} when it is damaged, encrypted or over a limit
   */
  read(name: string): AsyncGenerator<Buffer, void, undefined>;
}

/** @throws {UnreadableFile} when it is no zip archive, damaged, or has too many files */
export async function openZip(source: ByteSource, budget: UnpackBudget): Promise<ZipArchive> {
  const reader = new SourceReader(source);
  let zip: ZipFile;
  const entries = new Map<string, Entry>();
  try {
    zip = await fromRandomAccessReaderPromise(reader, source.sizeBytes, {
      autoClose: false,
      // The library swallows the error of a file that is longer than it says, and stops; lengths are checked here.
      validateEntrySizes: false,
    });
    if (zip.entryCount > MAX_ENTRIES) throw tooMany();
    for await (const entry of zip.eachEntry()) {
      // Names of parts are not case-sensitive (ECMA-376, part 2, 6.2.2.3).
      entries.set(entry.fileName.toLowerCase(), entry);
    }
  } catch (error) {
    throw reader.failure ?? toUnreadable(error);
  }

  async function* read(name: string): AsyncGenerator<Buffer, void, undefined> {
    const entry = entries.get(name.toLowerCase());
    if (entry === undefined) throw damaged(`it has no ${name}`);
    if (entry.isEncrypted()) {
      throw new UnreadableFile('unsupported_file', 'The file is protected by a password.');
    }
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
      throw damaged(`${name} is compressed in an unusual way`);
    }
    let start: number;
    try {
      start = (await zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;
    } catch (error) {
      throw reader.failure ?? toUnreadable(error);
    }
    const packed = blocksOf(source, start, start + entry.compressedSize);
    let length = 0;
    let checksum = 0;
    for await (const chunk of entry.compressionMethod === DEFLATED
      ? inflate(packed, budget)
      : counted(packed, budget)) {
      length += chunk.length;
      if (length > entry.uncompressedSize) break;
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (length !== entry.uncompressedSize || checksum !== entry.crc32) {
      throw damaged(`${name} is not what the directory says`);
    }
  }

  return { has: (name) => entries.has(name.toLowerCase()), read };
}

async function* counted(
  blocks: AsyncGenerator<Buffer, void, undefined>,
  budget: UnpackBudget,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const block of blocks) {
    budget.takeIn(block.length);
    budget.giveOut(block.length);
    yield block;
  }
}

/** Lets the library read the directory; a failure of the storage is kept, to be told from a damaged archive. */
class SourceReader extends RandomAccessReader {
  readonly #source: ByteSource;
  failure: Error | null = null;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#source.read(position, position + length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null, bytes.length);
      },
      (error: unknown) => {
        this.failure = error instanceof Error ? error : new Error('reading failed', { cause: error });
        callback(this.failure);
      },
    );
  }
}

function tooMany(): UnreadableFile {
  return new UnreadableFile('unreadable_archive', `The file has more than ${String(MAX_ENTRIES)} parts.`);
}

function toUnreadable(error: unknown): unknown {
  if (error instanceof UnreadableFile || !(error instanceof Error)) return error;
  if (/encrypt/i.test(error.message)) {
    return new UnreadableFile('unsupported_file', 'The file is protected by a password.');
  }
  // Whatever else the library finds is in the archive: all of its input comes from there.
  return damaged('its directory can not be read');
}

function damaged(why: string): UnreadableFile {
  return new UnreadableFile('unreadable_archive', `The file can not be unpacked: ${why}.`);
}
