import { assertNever } from '../contracts/assert-never.ts';
import { isEnded, type JobStatus, type JobVerb } from '../contracts/words.ts';

/** What a verb is judged by. Parts by their names, such as `applying 17`. */
export interface VerbSituation {
  status: JobStatus;
  failureCode: string | null;
  /** How the job is about to end; null while it is to go on. */
  endingAs: 'cancelled' | 'failed' | null;
  /** The workflow was terminated or deleted from outside. */
  isWorkflowClosed: boolean;
  /** All rows are to go in or none. */
  isAllOrNothing: boolean;
  /** What was applied is undone once the job has ended. */
  isToBeUndone: boolean;
  parked: readonly string[];
  /** Parts that were parked once and have been let go. */
  released: readonly string[];
  /** Those of them that were sent back into work and are not done yet. */
  atWork: readonly string[];
}

/** What is to be done with a verb. */
export type Verdict =
  | { effect: 'done'; /** The parked parts that it is for. */ parts: readonly string[] }
  /** The job is in the state to which the verb leads. */
  | { effect: 'already' }
  /** What it is for is not parked, but may be yet. */
  | { effect: 'early' }
  | { effect: 'refused'; detail: string };

/**
 * Decides whether a verb is possible. The one place where that is decided: workflow, API and `recovery` ask here.
 *
 * @param undo of `cancel`: whether what was applied is to be undone
 */
export function judgeVerb(
  verb: JobVerb,
  part: string | undefined,
  situation: VerbSituation,
  undo = false,
): Verdict {
  const { status, endingAs } = situation;
  if (verb === 'cancel' && undo && isEnded(status)) return refused(`This job is ${status}. Undo it.`);
  if (isEnded(status)) return hasLedTo(verb, situation) ? ALREADY : refused(`This job is ${status}.`);
  switch (verb) {
    case 'pause':
      if (status === 'paused') return ALREADY;
      if (endingAs !== null) return refused('This job is about to end.');
      return situation.isWorkflowClosed ? refused(RETRY_FIRST) : { effect: 'done', parts: [] };
    case 'resume':
      return status === 'paused' ? { effect: 'done', parts: [] } : ALREADY;
    case 'cancel':
      if (endingAs === 'failed') return refused('This job is about to end.');
      // Without its workflow it would not end by itself.
      return endingAs === 'cancelled' && !situation.isWorkflowClosed && (!undo || situation.isToBeUndone)
        ? ALREADY
        : { effect: 'done', parts: [] };
    case 'retry':
    case 'skip':
    case 'abandon':
      return judgeForParts(verb, part, situation);
    default:
      return assertNever(verb);
  }
}

const ALREADY: Verdict = { effect: 'already' };
const RETRY_FIRST = 'The workflow of this job does not run. Retry the job first.';

function judgeForParts(
  verb: 'retry' | 'skip' | 'abandon',
  part: string | undefined,
  { status, endingAs, isWorkflowClosed, isAllOrNothing, parked, released, atWork }: VerbSituation,
): Verdict {
  if (endingAs !== null) return refused('This job is about to end.');
  const parts = part === undefined ? parked : parked.filter((name) => name === part);
  if (verb === 'skip') {
    if (isWorkflowClosed) return refused(RETRY_FIRST);
    if (isAllOrNothing) return refused('This import is to bring in all rows or none: retry or abandon it.');
    const whole = parts.find((name) => !name.includes(' '));
    if (whole !== undefined)
      return refused(`The part "${whole}" is a whole stage, which can not be skipped.`);
  }
  const needsAll = verb === 'retry' ? status === 'needs_attention' : isWorkflowClosed;
  if (parts.length > 0 || (part === undefined && needsAll)) return { effect: 'done', parts };
  // A second skip or abandon of all parts must not wait for the next one that parks.
  // Nor must a second retry, while what the first one sent back is at work.
  const sameForAll = verb === 'retry' ? atWork : released;
  const isSecond = part === undefined ? sameForAll.length > 0 : released.includes(part);
  return isSecond ? ALREADY : { effect: 'early' };
}

/** Whether the way in which a job has ended is where the verb leads to. */
function hasLedTo(verb: JobVerb, { status, failureCode }: VerbSituation): boolean {
  if (verb === 'cancel') return status === 'cancelled';
  return verb === 'abandon' && status === 'failed' && failureCode === 'abandoned';
}

function refused(detail: string): Verdict {
  return { effect: 'refused', detail };
}
