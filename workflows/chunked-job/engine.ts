import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { assertNever } from '../../contracts/assert-never.ts';
import {
  type ChunkedJobInput,
  type ChunkedJobResult,
  cursorAt,
  type JobRef,
  type PartRef,
} from '../../contracts/temporal/chunked-job.ts';
import type { ChunkCounts } from '../../contracts/temporal/import-activities.ts';
import { RETRY_SIGNAL, type VerbInput } from '../../contracts/temporal/messages.ts';
import {
  ROWS_DONE_ATTRIBUTE,
  ROWS_REJECTED_ATTRIBUTE,
  ROWS_TOTAL_ATTRIBUTE,
  STAGE_ATTRIBUTE,
  STATUS_ATTRIBUTE,
} from '../../contracts/temporal/search-attributes.ts';
import type { JobStatus, Stage } from '../../contracts/words.ts';
import { jobs } from './activities.ts';
import { runPart } from './run-part.ts';

/** How many chunks of one job are scheduled at a time, so that other jobs get their share of the workers. */
const WINDOW = 2;

/** How often a stage shows its progress in the search attributes. */
const PROGRESS_STEPS = 10;

/** Codes of failures that will hit every other part too: no new part is started after one of them. */
const OUTAGE_CODES: readonly string[] = ['database_unavailable', 'storage_unavailable'];

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
      /** Looks at what all chunks together say. @returns whether some of them have to be done again */
      settle?: (ref: JobRef) => Promise<boolean>;
    };

/** What makes a job out of the engine. */
export interface ChunkedJobDefinition {
  /** In order. The first one has the shape `plan`. */
  stages: readonly [StageDefinition, ...StageDefinition[]];
  /** Ends the job, whatever became of it. */
  finish: (ref: JobRef) => Promise<ChunkedJobResult>;
}

const retrySignal = defineSignal<[VerbInput?]>(RETRY_SIGNAL);

/**
 * Runs a job through its stages: chunks in a small window, what can't be healed parked until an operator sends it back, the
 * history kept short by going on as a new run. All that has to last is in the database; the workflow keeps a cursor.
 */
export async function runChunkedJob(
  input: ChunkedJobInput,
  definition: ChunkedJobDefinition,
): Promise<ChunkedJobResult> {
  const ref: JobRef = { jobId: input.jobId, retryDelaysMs: input.retryDelaysMs };
  const cursor = input.cursor ?? cursorAt(definition.stages[0].stage, 0);
  // Counted, not flagged: a signal that comes before the wait must not be lost.
  setHandler(retrySignal, () => {
    cursor.pendingRetries += 1;
  });
  const first = definition.stages.findIndex(({ stage }) => stage === cursor.stage);

  for (const [index, stage] of definition.stages.entries()) {
    if (index < first) continue;
    if (index > first) Object.assign(cursor, { stage: stage.stage, nextChunk: 1, parked: false });
    show('processing', stage.stage);
    const proceed = await runStage(stage);
    if (!proceed) break;
  }
  show('processing', 'finishing');
  const ended = await untilDone({ stage: 'finishing', chunk: null }, () => definition.finish(ref));
  showEnd(ended);
  await condition(allHandlersFinished);
  return ended;

  /** @returns whether there is anything to do after it */
  async function runStage(stage: StageDefinition): Promise<boolean> {
    switch (stage.shape) {
      case 'plan': {
        const plan = await untilDone({ stage: stage.stage, chunk: null }, () => stage.run(ref));
        cursor.chunkCount = plan.chunkCount;
        upsertSearchAttributes([{ key: ROWS_TOTAL_ATTRIBUTE, value: plan.rows }]);
        return plan.proceed;
      }
      case 'whole':
        return untilDone({ stage: stage.stage, chunk: null }, () => stage.run(ref));
      case 'chunks':
        for (;;) {
          await runChunks(stage.stage, (chunk) =>
            stage.run({ ...ref, chunk, summary: `chunk ${String(chunk)} of ${String(cursor.chunkCount)}` }),
          );
          const { settle } = stage;
          if (settle === undefined) return true;
          if (!(await untilDone({ stage: stage.stage, chunk: null }, () => settle(ref)))) return true;
          // Those that are to stay find their note, and return what it says.
          Object.assign(cursor, { nextChunk: 1, rowsDone: 0, rowsRejected: 0 });
        }
      default:
        return assertNever(stage);
    }
  }

  /** Runs a part that the job can't go on without, again and again as the operator says, until it is done. */
  async function untilDone<T>(part: PartRef, run: () => Promise<T>): Promise<T> {
    for (;;) {
      const result = await runPart(run);
      if (result.done) return result.value;
      await jobs.parkPart({ ...ref, part, failure: result.failure });
      await retryRequested(part.stage);
      await jobs.releaseParts({ ...ref, stage: part.stage });
      show('processing', part.stage);
    }
  }

  /** Runs every chunk of a stage. Parked ones wait at the end of the stage, while the others go on. */
  async function runChunks(stage: Stage, run: (chunk: number) => Promise<ChunkCounts>): Promise<void> {
    let outage = false;
    const runOrPark = async (chunk: number): Promise<void> => {
      const result = await runPart(() => run(chunk));
      if (result.done) {
        count(stage, chunk, result.value);
        return;
      }
      await jobs.parkPart({ ...ref, part: { stage, chunk }, failure: result.failure });
      cursor.parked = true;
      outage ||= OUTAGE_CODES.includes(result.failure.code);
      show('needs_attention', stage);
    };

    for (;;) {
      await inWindow(() => {
        const mayStart = cursor.nextChunk <= cursor.chunkCount && !outage && !historyIsLong();
        return mayStart ? cursor.nextChunk++ : null;
      }, runOrPark);

      if (historyIsLong()) await goOnAsNewRun();
      if (cursor.parked) {
        await retryRequested(stage);
        const parts = await jobs.releaseParts({ ...ref, stage });
        cursor.parked = false;
        outage = false;
        show('processing', stage);
        const released = parts.flatMap(({ chunk }) => (chunk === null ? [] : [chunk]));
        await inWindow(() => (outage ? null : (released.shift() ?? null)), runOrPark);
        // What a new outage kept from starting has been released, but is not done: the next retry is told of it again.
        if (released.length > 0) cursor.parked = true;
      } else if (cursor.nextChunk > cursor.chunkCount) {
        return;
      }
    }
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

  async function retryRequested(stage: Stage): Promise<void> {
    show('needs_attention', stage);
    await condition(() => cursor.pendingRetries > 0);
    cursor.pendingRetries = 0;
  }

  function historyIsLong(): boolean {
    return workflowInfo().historyLength >= input.maxHistoryEvents;
  }

  async function goOnAsNewRun(): Promise<void> {
    await condition(allHandlersFinished);
    await continueAsNew<(next: ChunkedJobInput) => Promise<ChunkedJobResult>>({ ...input, cursor });
  }
}

/** Runs `work` on what `next` hands out, a few at a time, until it hands out null and all have ended. */
async function inWindow(next: () => number | null, work: (chunk: number) => Promise<void>): Promise<void> {
  const lane = async (): Promise<void> => {
    for (let chunk = next(); chunk !== null; chunk = next()) await work(chunk);
  };
  await Promise.all(Array.from({ length: WINDOW }, lane));
}

/** What an operator sees of the workflow in the Temporal Web UI while it runs. */
function show(status: JobStatus, stage: Stage): void {
  upsertSearchAttributes([
    { key: STATUS_ATTRIBUTE, value: status },
    { key: STAGE_ATTRIBUTE, value: stage },
  ]);
  const advice =
    status === 'needs_attention'
      ? ' A part is parked: find its error in the job, then send the signal `retry`.'
      : '';
  setCurrentDetails(`Status **${status}**, stage **${stage}**.${advice}`);
}

function showEnd({ status, counts, failureCode }: ChunkedJobResult): void {
  upsertSearchAttributes([
    { key: STATUS_ATTRIBUTE, value: status },
    { key: STAGE_ATTRIBUTE, value: null },
  ]);
  if (counts === null) {
    setCurrentDetails(`Status **${status}**${failureCode === null ? '' : `, code \`${failureCode}\``}.`);
    return;
  }
  const { total, pending, rejected, ...others } = counts;
  upsertSearchAttributes([
    { key: ROWS_TOTAL_ATTRIBUTE, value: total },
    { key: ROWS_DONE_ATTRIBUTE, value: total - pending },
    { key: ROWS_REJECTED_ATTRIBUTE, value: rejected },
  ]);
  const named = Object.entries({ ...others, rejected, pending }).filter(([, count]) => count > 0);
  setCurrentDetails(
    `Status **${status}**. ${String(total)} rows: ${named.map(([outcome, count]) => `${String(count)} ${outcome}`).join(', ')}.`,
  );
}
