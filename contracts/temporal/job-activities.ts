import type { Stage } from '../words.ts';
import type { JobRef, PartRef } from './chunked-job.ts';

/** On the `apply` queue: what the chunked-job engine itself needs, whatever the job does. */
export interface JobActivities {
  /** Records that a part gave up, with its last error; the job needs attention from then on. */
  parkPart: (ref: JobRef & { part: PartRef; failure: PartFailure }) => Promise<void>;
  /**
   * Takes parked parts of a stage back into work.
   * @returns the parts to run again; empty when nothing is parked.
   */
  releaseParts: (ref: JobRef & { stage: Stage }) => Promise<PartRef[]>;
}

/** Why a part gave up. */
export interface PartFailure {
  /** A code of the error catalogue. */
  code: string;
  message: string;
  attempts: number;
}
