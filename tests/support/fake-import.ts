import { ApplicationFailure } from '@temporalio/common';
import type { JobActivities } from '../../contracts/temporal/job-activities.ts';
import type {
  ApplyActivities,
  ChunkCounts,
  ParseActivities,
} from '../../contracts/temporal/import-activities.ts';
import type { PartRef } from '../../contracts/temporal/chunked-job.ts';

const NONE: ChunkCounts = {
  created: 0,
  updated: 0,
  unchanged: 0,
  skipped: 0,
  duplicate: 0,
  rejected: 0,
  failed: 0,
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
  const parked = new Map<string, { part: PartRef; code: string; released: boolean }>();
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

  const parse: ParseActivities = {
    readFile: () =>
      step('read', { readable, chunkCount: readable ? chunkCount : 0, rows: readable ? chunkCount * 10 : 0 }),
    stageChunk: ({ chunk }) => step(`stage ${String(chunk)}`, NONE),
  };
  const apply: ApplyActivities & JobActivities = {
    settleReading: () => step('settle', { stageAgain: stageAgain-- > 0 }),
    resolveDuplicates: () => step('resolve', { proceed: true }),
    applyChunk: ({ chunk }) => step(`apply ${String(chunk)}`, { ...NONE, created: 10 }),
    finishImport: () =>
      step('finish', {
        status: readable ? 'completed' : 'failed',
        failureCode: readable ? null : 'malformed_csv',
        counts: readable ? { ...NONE, created: chunkCount * 10, pending: 0, total: chunkCount * 10 } : null,
      } as const),
    parkPart: ({ part, failure }) => {
      parked.set(nameOf(part), { part, code: failure.code, released: false });
      return Promise.resolve();
    },
    releaseParts: ({ stage }) => {
      const parts = [...parked.values()].filter(({ part }) => part.stage === stage);
      for (const part of parts) part.released = true;
      return Promise.resolve(parts.map(({ part }) => part));
    },
  };
  return {
    parse,
    apply,
    steps,
    parked: () =>
      [...parked.entries()].filter(([, { released }]) => !released).map(([name, { code }]) => [name, code]),
    mostAtOnce: () => mostAtOnce,
  };
}

function nameOf(part: PartRef): string {
  return part.chunk === null ? part.stage : `${part.stage} ${String(part.chunk)}`;
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
