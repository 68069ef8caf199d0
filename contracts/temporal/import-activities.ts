/**
 * What an import asks of its workers. The workflow proxies these interfaces and the activities satisfy them.
 * Arguments and results are ids and counts, never rows.
 */
import type { ChunkCounts, ChunkRef, JobRef } from './chunked-job.ts';

export interface ReadResult {
  /** False when the file as a whole can't be read: the reason is recorded on the job, nothing will be applied. */
  readable: boolean;
  /** How many chunks the file was cut into; 0 when it is not readable. */
  chunkCount: number;
  /** Records in the file, the header not counted. */
  rows: number;
}

/** On the `parse` queue: from the file's bytes to staged rows. */
export interface ParseActivities {
  /** Sniffs the file, matches its header and cuts it into chunks at record borders. */
  readFile: (ref: JobRef) => Promise<ReadResult>;
  /** Parses and validates one chunk and copies its rows into staging. */
  stageChunk: (ref: ChunkRef) => Promise<ChunkCounts>;
}

/** On the `apply` queue: from staged rows to records. */
export interface ApplyActivities {
  /**
   * Holds what the beginning of the file said about its numbers against what all chunks found. Chunks that were read wrongly
   * because of it are taken back.
   * @returns whether there are any, which have to be staged again
   */
  settleReading: (ref: JobRef) => Promise<{ stageAgain: boolean }>;
  /**
   * Decides, once for the whole file, which row of a repeated key wins, and whether anything is applied at all.
   * @returns `proceed` false when a rejected row keeps the others out: the reason is recorded on the job
   */
  resolveDuplicates: (ref: JobRef) => Promise<{ proceed: boolean }>;
  /** Applies one chunk in one transaction, with the outcome of each row. */
  applyChunk: (ref: ChunkRef) => Promise<ChunkCounts>;
}
