import type { OutcomeCounts, Stage } from '../words.ts';
import type { VerbRequest } from './job-activities.ts';

/**
 * Where a chunked job goes on after continue-as-new. Everything else it needs is in the database.
 */
export interface ChunkedJobCursor {
  /** The stage to go on with. */
  stage: Stage;
  /** The first chunk of that stage that has not been started. */
  nextChunk: number;
  /** How many chunks the file was cut into. */
  chunkCount: number;
  /** How many verbs have come: it makes an id for those that bring none, the same one after a reset. */
  verbs: number;
  /** Verbs that came before the part was parked for which they are meant. */
  early: VerbRequest[];
  /** Rows that are known to have an outcome; shown, never decided upon. */
  rowsDone: number;
  rowsRejected: number;
}

/** The beginning of a stage. */
export function cursorAt(stage: Stage, chunkCount: number): ChunkedJobCursor {
  return { stage, nextChunk: 1, chunkCount, verbs: 0, early: [], rowsDone: 0, rowsRejected: 0 };
}

/** Input of a workflow that runs on the chunked-job engine. */
export interface ChunkedJobInput {
  jobId: string;
  /** Delays before the 2nd, 3rd, ... attempt of a part that fails for a transient reason, in milliseconds. */
  retryDelaysMs: number[];
  /** Continue as new once the history has this many events. */
  maxHistoryEvents: number;
  cursor?: ChunkedJobCursor;
}

/** Result of a chunked job, as its workflow returns it: what an operator reads in the Temporal Web UI. */
export interface ChunkedJobResult {
  status: 'completed' | 'failed' | 'cancelled';
  /** Null when the job ended before it was known what there is to do. */
  counts: (Partial<OutcomeCounts> & Pick<OutcomeCounts, 'total' | 'pending'>) | null;
  /** The code of what ended it, when it failed. */
  failureCode: string | null;
}

/** Rows of a chunk by what became of them. */
export type ChunkCounts = Omit<OutcomeCounts, 'pending' | 'total'>;

/** What every activity of a job is given. */
export interface JobRef {
  jobId: string;
  /** Delays before the 2nd, 3rd, ... attempt, in milliseconds; its length bounds the retries. */
  retryDelaysMs: number[];
}

export interface ChunkRef extends JobRef {
  /** Number of the chunk within its job, from 1. */
  chunk: number;
}

/** A piece of a job that runs as one activity, and parks and is retried by itself. */
export interface PartRef {
  stage: Stage;
  /** Null for a stage that is one piece. */
  chunk: number | null;
}

/** A part as operators write it: `applying 17`, or `resolving` for a stage that is one piece. */
export function partName({ stage, chunk }: PartRef): string {
  return chunk === null ? stage : `${stage} ${String(chunk)}`;
}

/** Type of the failure of a part that was to change records when it was another job's turn: it runs again in its own. */
export const TURN_LOST = 'turn_lost';

/** What an activity's failure says beside its type and message. */
export interface FailureDetail {
  /** Which attempt it was, from 1. */
  attempt: number;
}
