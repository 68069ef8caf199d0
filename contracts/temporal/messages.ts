/** Tells a job that waits for its turn to look again: the one before it is through. */
export const TURN_SIGNAL = 'turn';

/**
 * Tells a job that waits for an operator to look at its parked parts again: a worker that had been given up has done one of them
 * after all.
 */
export const LOOK_SIGNAL = 'look';

/** Names and payloads of the signals and queries that workflows understand. A verb's signal has the verb's name. */
import type { AuditWay, Compensation, ForwardStep } from '../words.ts';

/** Tells a workflow that looks for work by itself that there may be some. */
export const WAKE_SIGNAL = 'wake';

/**
 * Payload of every verb when it comes as a signal, from the temporal CLI or the Web UI.
 * All fields may be missing: an operator under stress types as little as possible.
 */
export interface VerbInput {
  /** The part that the verb is for, such as `applying 17`; all parked ones when missing. */
  part?: string;
  /** Who did it; `temporal` when missing. */
  by?: string;
  reason?: string;
  /** Makes the verb repeatable: the second one with the same id does nothing. */
  id?: string;
  /** Of `cancel`: what was applied is undone once the job has ended. */
  undo?: boolean;
  /** Set by the API, for the audit log. */
  via?: AuditWay;
}

/** Tells the workflow of an endpoint to send again what is parked; the payload is a RedeliverInput. */
export const REDELIVER_SIGNAL = 'redeliver';

/**
 * Payload of the verbs of an order, `retry`, `compensate` and `cancel`, when they come as signals. All fields may be missing.
 */
export interface OrderVerbInput extends Pick<VerbInput, 'by' | 'reason' | 'id' | 'via'> {
  /** Of `retry`: the step that is to be done again; the one that failed when missing. */
  step?: ForwardStep;
  /** Of `compensate`: what is to be undone; all that there is when missing. */
  action?: Compensation;
}
