import type { JobStatus, JobVerb, Stage } from '../words.ts';
import type { ChunkedJobResult, JobRef, PartRef } from './chunked-job.ts';
import type { VerbInput } from './messages.ts';

/** On the `apply` queue: what the chunked-job engine itself needs, whatever the job does. */
export interface JobActivities {
  /** A stage begins, or goes on in a new run. One that changes records takes its turn, when it is free. */
  enterStage: (ref: JobRef & { stage: Stage }) => Promise<JobState>;
  /** Takes the job's turn in changing records of its kind, when it is free and no job before it wants it. */
  takeTurn: (ref: JobRef) => Promise<JobState>;
  /** Gives the job's turn up, and tells the job that is next. */
  releaseTurn: (ref: JobRef) => Promise<JobState>;
  /**
   * Records that a part gave up, with its last error; the job needs attention from then on. A part that is done all the same,
   * because only the answer was lost, is not parked.
   */
  parkPart: (ref: JobRef & { part: PartRef; failure: PartFailure }) => Promise<JobState>;
  /** Does what an operator asks, together with its row in the audit log, once for each id. */
  applyVerb: (ref: JobRef & { verb: VerbRequest }) => Promise<VerbResult>;
  /** Ends the job: its final status, counts and times. What is to follow it is started; the next job gets its turn. */
  finishJob: (ref: JobRef) => Promise<ChunkedJobResult>;
}

/**
 * What the database says of a job: the truth that a workflow goes by, also after a reset. Parts by their names.
 */
export interface JobState {
  /** Grows with each change: of two states the one with the higher number is newer. */
  revision: number;
  status: JobStatus;
  /** Nothing more is to be started: the job has ended, or is to end. */
  stopping: boolean;
  /** A part is parked for a reason that will hit every other part too. */
  outage: boolean;
  parked: string[];
  /** Parts that were sent back into work and are not done yet. */
  again: string[];
  /** Whether it is the job's turn to change records of its kind; always so for one that changes none. */
  hasTurn: boolean;
}

/** A verb as the workflow hands it on. */
export interface VerbRequest extends VerbInput {
  action: JobVerb;
  /** Stands for the verb where it has no id. */
  key: string;
}

/**
 * What became of a verb: `done`; `already`: the job was in the state to which it leads; `repeated`: its id is in the audit
 * log; `early`: the part for which it is meant is not parked yet; `refused`: not possible in the present state.
 */
export type VerbEffect = 'done' | 'already' | 'repeated' | 'early' | 'refused';

export interface VerbResult {
  effect: VerbEffect;
  state: JobState;
}

/** Why a part gave up. */
export interface PartFailure {
  /** A code of the error catalogue. */
  code: string;
  message: string;
  attempts: number;
}
