/** Names and payloads of the signals and queries that workflows understand. */

/**
 * Payload of every verb when it comes as a signal, from the temporal CLI or the Web UI.
 * All fields may be missing: an operator under stress types as little as possible.
 */
export interface VerbInput {
  /** The part that the verb is for; all of them when missing. */
  part?: string;
  /** Who did it. */
  by?: string;
  reason?: string;
  /** Makes the verb repeatable: the second one with the same id does nothing. */
  id?: string;
}

/** Runs parked parts again. */
export const RETRY_SIGNAL = 'retry';
