/** What an undo asks of its workers, on the `apply` queue. Arguments and results are ids and counts, never rows. */
import type { ChunkCounts, ChunkRef, JobRef } from './chunked-job.ts';

export interface UndoActivities {
  /** Notes once which records the job is about, and cuts them into chunks. */
  planUndo: (ref: JobRef) => Promise<UndoPlan>;
  /** Sets the records of one chunk back, in one transaction, with the outcome of each. */
  undoChunk: (ref: ChunkRef) => Promise<ChunkCounts>;
}

export interface UndoPlan {
  chunkCount: number;
  /** Records that the job is about. */
  records: number;
}
