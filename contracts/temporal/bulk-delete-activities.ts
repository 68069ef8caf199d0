/** What a bulk delete asks of its workers, on the `apply` queue. Arguments and results are ids and counts, never rows. */
import type { ChunkCounts, ChunkRef } from './chunked-job.ts';

export interface BulkDeleteActivities {
  /** Deletes the records of one chunk, in one transaction, with the outcome of each. */
  deleteChunk: (ref: ChunkRef) => Promise<ChunkCounts>;
}
