import type { JobStatus, JobVerb, Stage } from '../words.ts';
import type { JobRef, PartRef } from './chunked-job.ts';
import type { VerbInput } from './messages.ts';

/** On the `apply` queue: what the chunked-job engine itself needs, whatever the job does. */
export interface JobActivities {
  /** A stage begins, or goes on in a new run. */
  enterStage: (ref: JobRef & { stage: Stage }) => Promise<JobState>;
  /**
   * Records that a part gave up, with its last error; the job needs attention from then on. A part that is done all the same,
   * because only the answer was lost, is not parked.
   */
  parkPart: (ref: JobRef & { part: PartRef; failure: PartFailure }) => Promise<JobState>;
  /** Does what an operator asks, together with its row in the audit log, once for each id. */
  applyVerb: (ref: JobRef & { verb: VerbRequest }) => Promise<VerbResult>;
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
