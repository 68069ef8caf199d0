import { ApplicationFailure } from '@temporalio/common';
import { OUTAGE_CODES } from '../../contracts/errors.ts';
import { type ChunkCounts, partName, TURN_LOST } from '../../contracts/temporal/chunked-job.ts';
import type { JobActivities, JobState, VerbRequest } from '../../contracts/temporal/job-activities.ts';
import type { ApplyActivities, ParseActivities } from '../../contracts/temporal/import-activities.ts';
import { isEnded, type JobStatus, type Stage } from '../../contracts/words.ts';
import { judgeVerb } from '../../domain/job-verbs.ts';

const NONE: ChunkCounts = {
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  duplicate: 0,
  rejected: 0,
  failed: 0,
  reversed: 0,
  deleted: 0,
  kept: 0,
};

/** What a fake import is made of. */
export interface FakeImportOptions {
  chunkCount?: number;
  readable?: boolean;
  /** How often the chunks have to be staged again. */
  stageAgain?: number;
  /** Called as a step begins, with its name such as `stage 3`; throwing fails the attempt, waiting holds it. */
  onStep?: (step: string, attempt: number) => Promise<void> | void;
}

/**
 * The activities of an import without files or a database: they keep, in memory, what the real ones keep in tables, so that
 * the workflow can be watched taking its decisions.
 */
export function createFakeImport({
  chunkCount = 3,
  readable = true,
  stageAgain = 0,
  onStep,
}: FakeImportOptions = {}) {
  /** Names of the steps in the order in which their attempts began. */
  const steps: string[] = [];
  const parked = new Map<string, { code: string; resolution: string | null }>();
  const done = new Set<string>();
  const verbs: VerbRequest[] = [];
  /** Verbs that had an effect, by their ids. */
  const audit = new Map<string, VerbRequest>();
  const control = {
    revision: 0,
    status: 'processing' as JobStatus,
    failureCode: null as string | null,
    endingAs: null as 'cancelled' | 'failed' | null,
    /** Whether another job has the turn. */
    turnIsTaken: false,
    hasTurn: false,
  };

  function answer(changed = false): Promise<JobState> {
    if (changed) control.revision += 1;
    const { revision, status, endingAs } = control;
    const entries = [...parked];
    return Promise.resolve({
      revision,
      status,
      stopping: endingAs !== null || isEnded(status),
      outage: entries.some(([, { code, resolution }]) => resolution === null && OUTAGE_CODES.includes(code)),
      parked: entries.filter(([, { resolution }]) => resolution === null).map(([name]) => name),
      again: entries
        .filter(([name, { resolution }]) => resolution === 'retry' && !done.has(name))
        .map(([name]) => name),
      hasTurn: control.hasTurn,
    });
  }

  function takeTurn(): Promise<JobState> {
    control.hasTurn ||= !control.turnIsTaken;
    return answer(true);
  }

  let running = 0;
  let mostAtOnce = 0;

  async function step<T>(name: string, result: T): Promise<T> {
    const attempt = steps.filter((earlier) => earlier === name).length + 1;
    steps.push(name);
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    try {
      await onStep?.(name, attempt);
    } finally {
      running -= 1;
    }
    return result;
  }

  async function stepOfChunk<T>(stage: Stage, chunk: number, name: string, result: T): Promise<T> {
    await step(name, result);
    done.add(partName({ stage, chunk }));
    return result;
  }

  const parse: ParseActivities = {
    readFile: () =>
      step('read', { readable, chunkCount: readable ? chunkCount : 0, rows: readable ? chunkCount * 10 : 0 }),
    stageChunk: ({ chunk }) => stepOfChunk('staging', chunk, `stage ${String(chunk)}`, NONE),
  };
  const apply: ApplyActivities & JobActivities = {
    settleReading: () => step('settle', { stageAgain: stageAgain-- > 0 }),
    resolveDuplicates: () => step('resolve', { proceed: true }),
    applyChunk: async ({ chunk }) => {
      if (!control.hasTurn) throw failure(TURN_LOST, true);
      return stepOfChunk('applying', chunk, `apply ${String(chunk)}`, { ...NONE, created: 10 });
    },
    finishJob: async () => {
      await step('finish', null);
      const failureCode = readable ? control.failureCode : 'malformed_csv';
      control.status = control.endingAs ?? (failureCode === null ? 'completed' : 'failed');
      control.revision += 1;
      return {
        status: control.status,
        failureCode,
        counts: readable ? { ...NONE, created: chunkCount * 10, pending: 0, total: chunkCount * 10 } : null,
      };
    },
    enterStage: ({ stage }) => (stage === 'applying' ? takeTurn() : answer()),
    takeTurn: () => step('take turn', null).then(takeTurn),
    releaseTurn: async () => {
      await step('release turn', null);
      control.hasTurn = false;
      return answer(true);
    },
    parkPart: ({ part, failure }) => {
      parked.set(partName(part), { code: failure.code, resolution: null });
      if (control.status !== 'paused') control.status = 'needs_attention';
      return answer(true);
    },
    applyVerb: async ({ verb }) => {
      verbs.push(verb);
      await onStep?.(`verb ${verb.action}`, verbs.length);
      const id = verb.id ?? verb.key;
      if (audit.has(id)) return { effect: 'repeated', state: await answer() };
      const names = (released: boolean): string[] =>
        [...parked].filter(([, { resolution }]) => (resolution !== null) === released).map(([name]) => name);
      const { status, failureCode, endingAs } = control;
      const verdict = judgeVerb(verb.action, verb.part, {
        status,
        failureCode,
        endingAs,
        isWorkflowClosed: false,
        isAllOrNothing: false,
        isToBeUndone: false,
        parked: names(false),
        released: names(true),
        atWork: [...parked]
          .filter(([name, { resolution }]) => resolution === 'retry' && !done.has(name))
          .map(([name]) => name),
      });
      if (verdict.effect !== 'done') return { effect: verdict.effect, state: await answer() };
      audit.set(id, verb);
      for (const name of verdict.parts) parked.set(name, { code: '', resolution: verb.action });
      if (verb.action === 'cancel') control.endingAs = 'cancelled';
      if (verb.action === 'abandon') {
        control.failureCode = 'abandoned';
        if (verb.part === undefined) control.endingAs = 'failed';
      }
      const isParked = names(false).length > 0;
      if (verb.action === 'pause') control.status = 'paused';
      else if (verb.action === 'resume') control.status = isParked ? 'needs_attention' : 'processing';
      else if (control.status === 'needs_attention' && !isParked) control.status = 'processing';
      return { effect: 'done', state: await answer(true) };
    },
  };
  return {
    parse,
    apply,
    steps,
    /** A worker that had been given up has done a parked part after all. The workflow is not told. */
    settle: (name: string) => {
      parked.set(name, { code: '', resolution: 'done' });
      control.status = 'processing';
      control.revision += 1;
    },
    parked: () =>
      [...parked.entries()]
        .filter(([, { resolution }]) => resolution === null)
        .map(([name, { code }]) => [name, code]),
    /** Verbs that had an effect. */
    audit: () => [...audit.values()],
    /** Every verb that came through, also those without an effect. */
    verbs,
    control,
    mostAtOnce: () => mostAtOnce,
  };
}

/** An error as the failure interceptor makes them. */
export function failure(code: string, nonRetryable = false): ApplicationFailure {
  return ApplicationFailure.create({
    type: code,
    message: `${code} in a test`,
    nonRetryable,
    nextRetryDelay: 10,
  });
}
