import type { Mapping } from '../mapping/mapping.ts';
import type { NumberFormat } from '../values/number-format.ts';
import type { Dialect } from './dialect.ts';
import type { FileSource } from './file-source.ts';
import type { CutOptions } from './record-cutter.ts';

/** What was understood of a file before its records are read; kept with the job and shown. */
export interface Reading {
  /** The stored text that is read: the upload itself, or what it was unpacked into. */
  text: { storageKey: string; sizeBytes: number };
  source: FileSource;
  dialect: Dialect;
  /** From 0 to 1. */
  dialectConfidence: number;
  /** The line of the header, from 1; null for a file without one. */
  headerLine: number | null;
  /** The cells of the header as they stand in the file; blank ones for a file without. */
  header: string[];
  /** Where the records begin, in bytes and in lines from 1. */
  recordsAt: { offset: number; line: number };
  mapping: Mapping;
  /** By which the numbers of a column are read. */
  numberFormats: Record<string, NumberFormat>;
  /** Whether the caller said so: then the cells are not asked. */
  numberFormatsGiven: boolean;
}

/** A reading as it was kept: earlier ones do not say whether blanks are skipped, since none were. */
export type StoredReading = Omit<Reading, 'dialect'> & {
  dialect: Omit<Dialect, 'skipBlanks'> & Partial<Dialect>;
};

/** What was kept of a reading, with what it did not say then. */
export function completeReading(stored: StoredReading): Reading {
  return { ...stored, dialect: { ...stored.dialect, skipBlanks: stored.dialect.skipBlanks ?? false } };
}

/** How lines are counted: a row of a sheet is one line, also where its cells have several. */
export function cutOptionsOf({ container }: Pick<FileSource, 'container'>): CutOptions {
  return { lines: container === 'xlsx' ? 'records' : 'physical' };
}
