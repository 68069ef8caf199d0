import type { Readable } from 'node:stream';

/** Part of a file: from byte `start` up to, not including, byte `end`. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Where uploaded files are kept. Keys are made by us, never by a caller; they are data, not paths.
 * Every method may be repeated.
 */
export interface FileStorage {
  /**
   * Stores a file. It can be seen under its key only once it is whole and durable; when the source fails, nothing is left.
   * @returns the size in bytes
   */
  write(key: string, content: Readable): Promise<number>;
  /**
   * Reads a file or a part of it.
   *
   * @param into a buffer to fill instead of a new one; what is returned is then a view on it
   * @throws {FileMissingError} when there is no file under this key
   */
  read(key: string, range: ByteRange, into?: Buffer): Promise<Buffer>;
  /** Removes a file; a missing one is fine. */
  remove(key: string): Promise<void>;
  /** Keys of the files that were stored before a time, in no order. */
  list(before: Date): AsyncIterable<string>;
  /** What names what writing left that was begun before a time and never became whole, in no order. */
  unfinished(before: Date): AsyncIterable<string>;
  /** Removes that. @returns how many */
  removeUnfinished(before: Date): Promise<number>;
  /** Rejects when the storage can't be used now. */
  check(): Promise<void>;
}

/** There is no file under the given key. */
export class FileMissingError extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`no stored file has the key ${key}`);
    this.name = 'FileMissingError';
    this.key = key;
  }
}
