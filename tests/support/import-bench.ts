import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { createApplyActivities, createParseActivities } from '../../activities/index.ts';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { JobRef } from '../../contracts/temporal/chunked-job.ts';
import type { Notify, RecordKind } from '../../contracts/words.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { ImportLimits } from '../../platform/config.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { acceptBulkDelete } from '../../prisma/repositories/bulk-delete-jobs.ts';
import type { RecordSelection } from '../../prisma/repositories/record-selection.ts';
import { insertUndo } from '../../prisma/repositories/undo-jobs.ts';
import { createActivityEnvironment } from './activity-environment.ts';
import { createTestDatabase, openTestDatabase, emptyTables } from './database.ts';
import { acceptTestImport, type TestImport } from './imports.ts';
import { TEST_LIMITS, TEST_RETENTION, TEST_WEBHOOKS } from './limits.ts';

const JOB_START = { IMPORT_RETRY_DELAYS_MS: [], IMPORT_MAX_HISTORY_EVENTS: 3_500 };

/** Where activities find their data. */
export interface ActivityData {
  db: Database;
  storage: FileStorage;
}

/** The activities of both workers, each to be called as a worker calls it. */
export type ImportSteps = ReturnType<typeof createParseActivities> & ReturnType<typeof createApplyActivities>;

type Activity = (...args: unknown[]) => Promise<unknown>;

/** @param limits in place of the small ones of {@link TEST_LIMITS} */
export function importSteps({ db, storage }: ActivityData, limits: Partial<ImportLimits> = {}): ImportSteps {
  const deps = {
    db,
    storage,
    limits: { ...TEST_LIMITS, ...limits },
    jobStart: JOB_START,
    orderStart: { ORDER_RETRY_DELAYS_MS: [], ORDER_IMPORT_AT_WORK: 10 },
    webhooks: TEST_WEBHOOKS,
    retention: TEST_RETENTION,
  };
  const activities = { ...createParseActivities(deps), ...createApplyActivities(deps) };
  const asInWorker = Object.entries(activities).map(([name, activity]) => [
    name,
    (...args: unknown[]) => createActivityEnvironment().run(activity as Activity, ...args),
  ]);
  return Object.fromEntries(asInWorker) as ImportSteps;
}

/** Accepts an import and runs the whole of it. */
export async function importFile(data: ActivityData, given: TestImport, limits: Partial<ImportLimits> = {}) {
  return await runImport(data, await acceptTestImport(data.db, data.storage, given), limits);
}

/** Runs an import that was accepted, step by step as its workflow does. */
export async function runImport(data: ActivityData, jobId: string, limits: Partial<ImportLimits> = {}) {
  const ref: JobRef = { jobId, retryDelaysMs: [] };
  const steps = importSteps(data, limits);
  const plan = await steps.readFile(ref);
  const chunks = Array.from({ length: plan.chunkCount }, (_, index) => ({ ...ref, chunk: index + 1 }));
  let passes = 0;
  if (plan.readable) {
    do {
      passes += 1;
      for (const chunk of chunks) await steps.stageChunk(chunk);
    } while ((await steps.settleReading(ref)).stageAgain);
    const { proceed } = await steps.resolveDuplicates(ref);
    await steps.takeTurn(ref);
    // In any order: which row wins has been decided.
    for (const chunk of proceed ? chunks.toReversed() : []) await steps.applyChunk(chunk);
  }
  const end = await steps.finishJob(ref);
  const job = await data.db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
  /** How often the chunks were staged. */
  return { jobId, ref, plan, passes, end, job, reading: job.reading as unknown as Reading };
}

/** Accepts the undo of a job and plans it, so that its chunks can be done. @returns null when there is one already */
export async function beginUndo(data: ActivityData, targetId: string, limits: Partial<ImportLimits> = {}) {
  const jobId = uuidv7();
  const isNew = await inTransaction(data.db.pool, (client) =>
    insertUndo(client, { jobId, targetId, by: 'tester' }),
  );
  if (!isNew) return null;
  const ref: JobRef = { jobId, retryDelaysMs: [] };
  const steps = importSteps(data, limits);
  const plan = await steps.planUndo(ref);
  await steps.enterStage({ ...ref, stage: 'applying' });
  return { jobId, ref, steps, plan };
}

/** Undoes a job, step by step as the undo's workflow does. @returns null when there is an undo of it already */
export async function undoJob(data: ActivityData, targetId: string, limits: Partial<ImportLimits> = {}) {
  const begun = await beginUndo(data, targetId, limits);
  if (begun === null) return null;
  const { ref, steps, plan } = begun;
  for (let chunk = 1; chunk <= plan.chunkCount; chunk += 1) await steps.undoChunk({ ...ref, chunk });
  const { counts } = await steps.finishJob(ref);
  return { ...begun, counts };
}

/** What a test deletes in bulk; all products, in chunks of three, when it does not say otherwise. */
export interface TestBulkDelete {
  kind?: RecordKind;
  selection?: RecordSelection;
  notify?: Notify;
  chunkRows?: number;
}

/** Accepts a bulk delete, so that its chunks can be done. */
export async function beginBulkDelete(
  data: ActivityData,
  { kind = 'products', selection = { by: 'all' }, notify = 'summary', chunkRows = 3 }: TestBulkDelete = {},
) {
  const jobId = uuidv7();
  await acceptBulkDelete(data.db.pool, {
    jobId,
    kind: KINDS[kind],
    selection,
    confirm: null,
    notify,
    chunkRows,
    action: { id: uuidv7(), by: 'tester', via: 'api' },
    noted: {},
    claim: null,
  });
  const ref: JobRef = { jobId, retryDelaysMs: [] };
  const steps = importSteps(data);
  await steps.enterStage({ ...ref, stage: 'applying' });
  const { number } = await data.db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
  const chunkCount = await data.db.prisma.chunk.count({ where: { jobNumber: number } });
  return { jobId, number, ref, steps, chunkCount };
}

/** Deletes in bulk, step by step as the workflow does. */
export async function bulkDelete(data: ActivityData, given: TestBulkDelete = {}) {
  const begun = await beginBulkDelete(data, given);
  const { ref, steps, chunkCount } = begun;
  for (let chunk = chunkCount; chunk >= 1; chunk -= 1) await steps.deleteChunk({ ...ref, chunk });
  const { status, counts } = await steps.finishJob(ref);
  return { ...begun, status, counts };
}

/** A database and a file storage of a test file's own. */
export interface ImportBench extends ActivityData {
  steps: (limits?: Partial<ImportLimits>) => ImportSteps;
  importFile: (given: TestImport, limits?: Partial<ImportLimits>) => ReturnType<typeof importFile>;
  /** Removes what tests have left in the tables. */
  empty: () => Promise<void>;
  close: () => Promise<void>;
}

export async function openImportBench(): Promise<ImportBench> {
  const database = await createTestDatabase();
  const db = openTestDatabase(database.url);
  const folder = await mkdtemp(join(tmpdir(), 'longshore-test-files-'));
  const data = { db, storage: createLocalFolderStorage(folder) };
  return {
    ...data,
    steps: (limits) => importSteps(data, limits),
    importFile: (given, limits) => importFile(data, given, limits),
    async empty() {
      await emptyTables(
        db.pool,
        `jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, turns, products, customers, products_search,
                  customers_search, record_changes, audit, events, orders, order_lines, reservations, payments, shipments, order_events,
                  moved_stock, webhook_endpoints, webhook_deliveries, webhook_attempts`,
      );
    },
    async close() {
      await db.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}
