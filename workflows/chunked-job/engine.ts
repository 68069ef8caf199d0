import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  log,
  proxyActivities,
  setHandler,
  type SignalDefinition,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { assertNever } from '../../contracts/assert-never.ts';
import {
  type ChunkCounts,
  type ChunkedJobInput,
  type ChunkedJobResult,
  cursorAt,
  type JobRef,
  partName,
  type PartRef,
  TURN_LOST,
} from '../../contracts/temporal/chunked-job.ts';
import type { JobActivities, JobState, VerbRequest } from '../../contracts/temporal/job-activities.ts';
import { LOOK_SIGNAL, TURN_SIGNAL, type VerbInput } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import {
  ROWS_DONE_ATTRIBUTE,
  ROWS_REJECTED_ATTRIBUTE,
  ROWS_TOTAL_ATTRIBUTE,
} from '../../contracts/temporal/search-attributes.ts';
import { JOB_VERBS, type JobVerb, type Stage } from '../../contracts/words.ts';
import { jobs, partOptions } from './activities.ts';
import { runPart } from './run-part.ts';
import { showEnd, showState } from './show.ts';

/** How many chunks of one job are scheduled at a time, so that other jobs get their share of the workers. */
const WINDOW = 2;

/** How often a stage shows its progress in the search attributes. */
const PROGRESS_STEPS = 10;

/** A job whose turn it may be looks again after this long, should the signal of the one before it be lost. */
const TURN_CHECK = '30 seconds';

/** The plan of a job, known once its first stage is done. */
export interface JobPlan {
  /** False when there is nothing to do but to end the job. */
  proceed: boolean;
  chunkCount: number;
  rows: number;
}

/** A stage of a chunked job: one piece, or one piece a chunk. */
export type StageDefinition =
  | { stage: Stage; shape: 'plan'; run: (ref: JobRef) => Promise<JobPlan> }
  /** @returns whether there is anything to do after it */
  | { stage: Stage; shape: 'whole'; run: (ref: JobRef) => Promise<boolean> }
  | {
      stage: Stage;
      shape: 'chunks';
      run: (ref: JobRef & { chunk: number; summary: string }) => Promise<ChunkCounts>;
      /** Whether it changes records: then jobs of a kind take turns at it. */
      inTurn?: true;
      /** Looks at what all chunks together say. @returns whether some of them have to be done again */
      settle?: (ref: JobRef) => Promise<boolean>;
    };

/** What makes a job out of the engine: its stages in order, up to the one that ends it, which is the same for all. */
export type JobStages = readonly [StageDefinition, ...StageDefinition[]];

/** A verb's signal has the verb's name. */
const SIGNALS: Record<JobVerb, SignalDefinition<[VerbInput?]>> = {
  pause: defineSignal<[VerbInput?]>('pause'),
  resume: defineSignal<[VerbInput?]>('resume'),
  cancel: defineSignal<[VerbInput?]>('cancel'),
  retry: defineSignal<[VerbInput?]>('retry'),
  skip: defineSignal<[VerbInput?]>('skip'),
  abandon: defineSignal<[VerbInput?]>('abandon'),
};

// eslint-disable-next-line temporal/workflow-require-explicit-payload-types -- no payload is the default, which another rule wants left out
const turnMayHaveCome = defineSignal(TURN_SIGNAL);

// eslint-disable-next-line temporal/workflow-require-explicit-payload-types -- as above
const look = defineSignal(LOOK_SIGNAL);

/** Stands for the result of a part that was not run to its end because the job is to end. */
const STOPPED = Symbol('stopped');

/**
 * Runs a job through its stages: chunks in a small window, what can't be healed parked until an operator decides, the history
 * kept short by going on as a new run. All that has to last is in the database: the workflow goes by the newest state of the
 * job that an activity told it, and keeps a cursor. Cancelled from outside, it does what the verb `cancel` does. In a stage that
 * changes records it waits for its turn, and gives that up while it waits for an operator.
 */
export async function runChunkedJob(input: ChunkedJobInput, stages: JobStages): Promise<ChunkedJobResult> {
  const ref: JobRef = { jobId: input.jobId, retryDelaysMs: input.retryDelaysMs };
  const { finishJob } = proxyActivities<JobActivities>({
    ...partOptions(input.retryDelaysMs.length + 1),
    taskQueue: TASK_QUEUES.apply,
    summary: 'end the job',
  });
  const cursor = input.cursor ?? cursorAt(stages[0].stage, 0);
  let state: JobState | null = null;
  /** The last verb that came; each waits for the one before it, so that they take effect in order. */
  let lastVerb: Promise<void> = Promise.resolve();
  let verbsUnderWay = 0;
  /** Somebody said that the turn may be free. */
  let turnMayBeFree = false;
  /** Somebody said that a parked part may be done. */
  let mayBeDone = false;
  /** The one look for the turn, or the one giving up of it, that is under way. */
  let turning: Promise<void> | null = null;

  setHandler(turnMayHaveCome, () => {
    turnMayBeFree = true;
  });
  setHandler(look, () => {
    mayBeDone = true;
  });
  for (const verb of JOB_VERBS) setHandler(SIGNALS[verb], (payload) => take(verb, payload));
  const { cancelRequested } = CancellationScope.current();
  const whole = CancellationScope.nonCancellable(run);
  // A cancellation is a verb like the others: what is under way ends, and the job with it.
  cancelRequested.catch(() => take('cancel', undefined));
  return whole;

  async function run(): Promise<ChunkedJobResult> {
    const first = stages.findIndex(({ stage }) => stage === cursor.stage);
    for (const [index, stage] of stages.entries()) {
      if (index < first) continue;
      if (index > first) Object.assign(cursor, { stage: stage.stage, nextChunk: 1 });
      learn(await jobs.enterStage({ ...ref, stage: stage.stage }));
      const proceed = await runStage(stage);
      if (!proceed || isStopping()) break;
    }
    cursor.stage = 'finishing';
    show();
    const ended = await finish();
    showEnd(ended);
    await condition(isQuiet);
    return ended;
  }

  /** @returns whether there is anything to do after it */
  async function runStage(stage: StageDefinition): Promise<boolean> {
    switch (stage.shape) {
      case 'plan': {
        const plan = await untilDone(stage.stage, () => stage.run(ref));
        if (plan === STOPPED) return false;
        cursor.chunkCount = plan.chunkCount;
        upsertSearchAttributes([{ key: ROWS_TOTAL_ATTRIBUTE, value: plan.rows }]);
        return plan.proceed;
      }
      case 'whole':
        return (await untilDone(stage.stage, () => stage.run(ref))) === true;
      case 'chunks':
        for (;;) {
          await runChunks(stage.stage, stage.inTurn === true, (chunk) =>
            stage.run({ ...ref, chunk, summary: `chunk ${String(chunk)} of ${String(cursor.chunkCount)}` }),
          );
          const { settle } = stage;
          if (settle === undefined || isStopping()) return true;
          if ((await untilDone(stage.stage, () => settle(ref))) !== true) return true;
          // Those that are to stay find their note, and return what it says.
          Object.assign(cursor, { nextChunk: 1, rowsDone: 0, rowsRejected: 0 });
        }
      default:
        return assertNever(stage);
    }
  }

  async function finish(): Promise<ChunkedJobResult> {
    for (;;) {
      const ended = await untilDone('finishing', () => finishJob(ref), true);
      if (ended !== STOPPED) return ended;
    }
  }

  /**
   * Runs a part that the job can't go on without, again and again as the operator says, until it is done.
   *
   * @param atLast the part that ends the job: it is run also when nothing else is
   */
  async function untilDone<T>(
    stage: Stage,
    runIt: () => Promise<T>,
    atLast = false,
  ): Promise<T | typeof STOPPED> {
    for (;;) {
      if (!mayRun()) await releaseTurn();
      await condition(mayRun);
      if (isStopping() && !atLast) return STOPPED;
      const result = await runPart(runIt);
      if (result.done) return result.value;
      await park({ stage, chunk: null }, result.failure);
      // As at the end of the job, when it still has the turn.
      await releaseTurn();
      await untilDecided(() => !isParked(stage) || isStopping());
      show();
    }
  }

  /** Waits for what an operator decides on parked parts, or for word that one of them is done after all. */
  async function untilDecided(isDecided: () => boolean): Promise<void> {
    for (;;) {
      await condition(() => mayBeDone || isDecided());
      if (isDecided()) return;
      mayBeDone = false;
      // It gives nothing up that was not given up before the wait: its answer is the newest state.
      learn(await jobs.releaseTurn(ref));
    }
  }

  /** Runs every chunk of a stage. Parked ones wait at the end of the stage, while the others go on. */
  async function runChunks(
    stage: Stage,
    inTurn: boolean,
    runIt: (chunk: number) => Promise<ChunkCounts>,
  ): Promise<void> {
    // A state may be older than the end of a part: what this run knows of its own parts goes before it.
    const done = new Set<string>();
    const underWay = new Set<string>();
    /** Chunks that were started and found that it was the turn of another job. */
    const outOfTurn: number[] = [];
    const nameOf = (chunk: number): string => partName({ stage, chunk });
    const isOfStage = (name: string): boolean => name.startsWith(`${stage} `) && !done.has(name);
    const isOpen = (name: string): boolean => isOfStage(name) && !underWay.has(name);
    const mayStartFresh = (): boolean => cursor.nextChunk <= cursor.chunkCount && state?.outage !== true;
    const nextAgain = (): string | undefined => state?.again.find(isOpen);

    /** Waits until a chunk may be started, or it is plain that none is to be. */
    const ready = async (): Promise<void> => {
      for (;;) {
        // Whoever waits for an operator gives the turn up, once all that is under way has ended.
        if (!mayRun() && inTurn && underWay.size === 0) await releaseTurn();
        await condition(mayRun);
        if (!inTurn || state?.hasTurn !== false || isStopping() || historyIsLong()) return;
        await waitForTurn();
      }
    };
    const next = (): number | null => {
      if (isStopping() || historyIsLong()) return null;
      const again = outOfTurn.shift();
      if (again !== undefined) return again;
      if (mayStartFresh()) return cursor.nextChunk++;
      const released = nextAgain();
      return released === undefined ? null : Number(released.slice(stage.length + 1));
    };
    const runOrPark = async (chunk: number): Promise<void> => {
      const name = nameOf(chunk);
      underWay.add(name);
      const result = await runPart(() => runIt(chunk));
      if (result.done) {
        done.add(name);
        count(stage, chunk, result.value);
      } else if (result.failure.code === TURN_LOST) {
        if (state !== null) state = { ...state, hasTurn: false };
        turnMayBeFree = true;
        outOfTurn.push(chunk);
      } else {
        await park({ stage, chunk }, result.failure);
        // The database knows better whether it is done.
        if (!isParked(name) && state?.again.includes(name) !== true) done.add(name);
      }
      underWay.delete(name);
    };

    for (;;) {
      await inWindow(ready, next, runOrPark);
      if (isStopping()) return;
      if (historyIsLong()) {
        // Those that were sent back into work by an operator stand in the state.
        const fresh = outOfTurn.filter((chunk) => state?.again.includes(nameOf(chunk)) !== true);
        cursor.nextChunk = Math.min(cursor.nextChunk, ...fresh);
        await goOnAsNewRun();
      }
      if (outOfTurn.length > 0) continue;
      if (mayStartFresh() || nextAgain() !== undefined) continue;
      const parked = (): boolean => state?.parked.some(isOfStage) === true;
      if (!parked() && cursor.nextChunk > cursor.chunkCount) return;
      if (inTurn) await releaseTurn();
      await untilDecided(() => isStopping() || mayStartFresh() || nextAgain() !== undefined || !parked());
      show();
    }
  }

  /** Waits until something may have come of the turn, and looks. */
  function waitForTurn(): Promise<void> {
    return once(async () => {
      await condition(() => turnMayBeFree || isStopping() || !mayRun(), TURN_CHECK);
      turnMayBeFree = false;
      if (!isStopping() && mayRun()) learn(await jobs.takeTurn(ref));
    });
  }

  async function releaseTurn(): Promise<void> {
    if (state?.hasTurn === false) return;
    await once(async () => learn(await jobs.releaseTurn(ref)));
    turnMayBeFree = true;
  }

  /** Several lanes that want the same of the turn are served by one. */
  async function once(work: () => Promise<void>): Promise<void> {
    turning ??= work().finally(() => {
      turning = null;
    });
    await turning;
  }

  async function park(part: PartRef, failure: Parameters<typeof jobs.parkPart>[0]['failure']): Promise<void> {
    learn(await jobs.parkPart({ ...ref, part, failure }));
    // Those that came too early and are for all parts have waited for this one. A verb whose answer is still on its way may
    // have found nothing parked either: it comes before them.
    await inOrder(async () => {
      for (const verb of cursor.early.splice(0)) await apply(verb, verb.part !== undefined);
    });
    show();
  }

  /** A verb has come. Nothing of what an operator or a program sends may fail the workflow. */
  async function take(action: JobVerb, payload: unknown): Promise<void> {
    cursor.verbs += 1;
    // The same after a reset, which brings the signals again: the first run's id and the place in the order stay.
    const key = `${workflowInfo().firstExecutionRunId}/${String(cursor.verbs)}`;
    const verb: VerbRequest = { ...textsOf(payload), action, key };
    verbsUnderWay += 1;
    await inOrder(() => apply(verb, true));
    verbsUnderWay -= 1;
  }

  /** @param keep whether it may wait for its part to be parked */
  async function apply(verb: VerbRequest, keep: boolean): Promise<void> {
    try {
      // Also once the workflow has been cancelled from outside.
      const { effect, state: next } = await CancellationScope.nonCancellable(() =>
        jobs.applyVerb({ ...ref, verb }),
      );
      learn(next);
      if (effect === 'early' && keep) cursor.early.push(verb);
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('a verb could not be applied', { action: verb.action, error });
    }
    show();
  }

  function inOrder(work: () => Promise<void>): Promise<void> {
    lastVerb = lastVerb.then(work);
    return lastVerb;
  }

  /** Activities end in any order; the newest state counts. */
  function learn(next: JobState): void {
    if (state === null || next.revision >= state.revision) state = next;
    show();
  }

  /** The cancellation from outside is a verb without a handler. */
  function isQuiet(): boolean {
    return allHandlersFinished() && verbsUnderWay === 0;
  }

  function isStopping(): boolean {
    return state?.stopping === true;
  }

  function isParked(name: string): boolean {
    return state?.parked.includes(name) === true;
  }

  /** Nothing begins while the job is paused. */
  function mayRun(): boolean {
    return state?.status !== 'paused' || state.stopping;
  }

  /** Shows from time to time how far the job is: an event of its own for each chunk would fill the history. */
  function count(stage: Stage, chunk: number, counts: ChunkCounts): void {
    const rows = Object.values(counts).reduce((sum, outcome) => sum + outcome, 0);
    cursor.rowsDone =
      stage === 'applying' ? cursor.rowsDone + rows - counts.rejected : cursor.rowsDone + counts.rejected;
    cursor.rowsRejected += stage === 'applying' ? 0 : counts.rejected;
    if (chunk % Math.ceil(cursor.chunkCount / PROGRESS_STEPS) !== 0) return;
    upsertSearchAttributes([
      { key: ROWS_DONE_ATTRIBUTE, value: cursor.rowsDone },
      { key: ROWS_REJECTED_ATTRIBUTE, value: cursor.rowsRejected },
    ]);
  }

  function show(): void {
    if (state !== null) showState(state, cursor.stage);
  }

  function historyIsLong(): boolean {
    return workflowInfo().historyLength >= input.maxHistoryEvents;
  }

  async function goOnAsNewRun(): Promise<void> {
    await condition(isQuiet);
    await continueAsNew<(next: ChunkedJobInput) => Promise<ChunkedJobResult>>({ ...input, cursor });
  }
}

/** Runs `work` on what `next` hands out, a few at a time, until it hands out null and all have ended. */
async function inWindow(
  ready: () => Promise<void>,
  next: () => number | null,
  work: (chunk: number) => Promise<void>,
): Promise<void> {
  const lane = async (): Promise<void> => {
    for (;;) {
      await ready();
      const chunk = next();
      if (chunk === null) return;
      await work(chunk);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, lane));
}

/** What of a payload is understood; a signal may bring anything. */
function textsOf(payload: unknown): VerbInput {
  if (typeof payload !== 'object' || payload === null) return {};
  const given = payload as Record<string, unknown>;
  const texts: VerbInput = {};
  for (const name of ['part', 'by', 'reason', 'id'] as const) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') texts[name] = value;
  }
  if (given.undo === true) texts.undo = true;
  if (given.via === 'api' || given.via === 'script') texts.via = given.via;
  return texts;
}
