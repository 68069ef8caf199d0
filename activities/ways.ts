import type pg from 'pg';
import type { FileErrorCode } from '../contracts/errors.ts';
import type { ImportOptions, Mode } from '../contracts/words.ts';
import type { UndoPlan } from '../contracts/temporal/undo-activities.ts';
import type { AnyKind } from '../domain/kinds/index.ts';
import {
  type AppliedCounts,
  type ApplyRange,
  applyStagedRows,
  dryRunStagedRows,
} from '../prisma/repositories/apply.ts';
import { hasUnstagedChunks } from '../prisma/repositories/chunks.ts';
import { applyOrders, dryRunOrders, failOrder, resolveOrders } from '../prisma/repositories/order-import.ts';
import { planOrderTargets, settleOrderTargets } from '../prisma/repositories/order-undo.ts';
import { describeRefusal, failStagedRow, type RowRange } from '../prisma/repositories/refused-rows.ts';
import { hasAppliedRows, resolveRepeatedKeys } from '../prisma/repositories/resolve.ts';
import { undoTargets } from '../prisma/repositories/undo.ts';
import { planTargets, type UndoJob } from '../prisma/repositories/undo-jobs.ts';
import { cancelTargets, type UndoDeps } from './orders/cancel-targets.ts';
import { tryToWakeOrderStart } from './orders/wake-order-start.ts';

type Write = (client: pg.PoolClient, mode: Mode, range: ApplyRange) => Promise<AppliedCounts>;

/** What decides, once for the whole file, what becomes of its rows. */
export interface ToResolve {
  jobNumber: number;
  options: Pick<ImportOptions, 'duplicates' | 'onError'>;
  by: string;
  currency: string;
}

/** How the staged rows of a kind are brought in. All of it but {@link Way.afterChunk} runs in the transaction of their chunk. */
export interface Way {
  /** In the transaction that notes it. @returns why nothing of the file can be applied; null for most */
  resolve: (client: pg.PoolClient, job: ToResolve) => Promise<FileErrorCode | null>;
  apply: Write;
  /** Records what `apply` would do, and does nothing. */
  dryRun: Write;
  /** Records what the database refuses as `failed`. @returns how many rows of the chunk */
  fail: (
    client: pg.PoolClient,
    of: Pick<ApplyRange, 'jobNumber' | 'chunk'>,
    row: number,
    error: pg.DatabaseError,
  ) => Promise<number>;
  /** Once the chunk is committed, and each time that it is asked for again. It must not fail. */
  afterChunk: () => Promise<void>;
  undo: UndoWay;
}

/** How what an import brought in is taken back. */
export interface UndoWay {
  /** Notes what the undone job did, as the targets of its undo, in the transaction that notes that this is known. */
  plan: (client: pg.PoolClient, job: UndoJob, chunkRows: number) => Promise<UndoPlan>;
  /** What has to be asked of others before the targets of a chunk can be settled. May be repeated. */
  prepare: (deps: UndoDeps, job: UndoJob, range: RowRange) => Promise<void>;
  /** Settles the targets of a chunk, with the outcome of each, in its transaction. */
  change: (
    client: pg.PoolClient,
    job: UndoJob,
    range: RowRange,
  ) => Promise<{ reversed: number; kept: number }>;
}

/** A way for each value of `applies`: the one place where kinds part. */
const WAYS: { [Applies in AnyKind['applies']]: (kind: Extract<AnyKind, { applies: Applies }>) => Way } = {
  records: (kind) => ({
    resolve: async (client, { jobNumber, options: { duplicates } }) => {
      const again = await hasAppliedRows(client, jobNumber);
      await resolveRepeatedKeys(client, jobNumber, { kind, duplicates, again });
      return null;
    },
    apply: (client, mode, range) => applyStagedRows(client, kind, mode, range),
    dryRun: (client, mode, range) => dryRunStagedRows(client, kind, mode, range),
    fail: (client, { jobNumber }, row, error) => failStagedRow(client, jobNumber, row, error),
    afterChunk: () => Promise.resolve(),
    undo: {
      plan: (client, job, chunkRows) => planTargets(client, job, kind, chunkRows),
      prepare: () => Promise.resolve(),
      change: (client, { number, target }, range) =>
        undoTargets(client, kind, { ...range, jobNumber: number, target }),
    },
  }),
  orders: () => ({
    resolve: async (client, { jobNumber, options: { duplicates, onError }, by, currency }) => {
      // Lines of any order may be in what was not read.
      if (await hasUnstagedChunks(client, jobNumber)) return 'lines_missing';
      const rules = { duplicates, currency };
      await resolveOrders(client, { jobNumber, by, rules, allOrNothing: onError === 'abort' });
      return null;
    },
    apply: (client, _mode, range) => applyOrders(client, range),
    dryRun: (client, _mode, range) => dryRunOrders(client, range),
    fail: (client, of, row, error) => failOrder(client, of, row, describeRefusal(error)),
    afterChunk: tryToWakeOrderStart,
    undo: {
      plan: planOrderTargets,
      prepare: cancelTargets,
      change: (client, { number }, range) => settleOrderTargets(client, number, range),
    },
  }),
};

/** How a kind is brought in. */
export function wayOf(kind: AnyKind): Way {
  return kind.applies === 'records' ? WAYS.records(kind) : WAYS.orders(kind);
}
