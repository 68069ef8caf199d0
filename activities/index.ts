import type { FileStorage } from '../adapters/storage/storage.ts';
import type { BulkDeleteActivities } from '../contracts/temporal/bulk-delete-activities.ts';
import type { EraseActivities } from '../contracts/temporal/erase-activities.ts';
import type { HousekeepingActivities } from '../contracts/temporal/housekeeping-activities.ts';
import type { JobActivities } from '../contracts/temporal/job-activities.ts';
import type { RecordIndexActivities } from '../contracts/temporal/record-index-activities.ts';
import type { ApplyActivities, ParseActivities } from '../contracts/temporal/import-activities.ts';
import type { UndoActivities } from '../contracts/temporal/undo-activities.ts';
import type { WebhookActivities } from '../contracts/temporal/webhook-activities.ts';
import type { ImportLimits, RetentionSettings, WebhookSettings } from '../platform/config.ts';
import type { JobStartSettings } from '../platform/start-job.ts';
import type { OrderPaceSettings, OrderStartSettings } from '../platform/start-order.ts';
import type { Database } from '../prisma/client.ts';
import { createDeleteChunk } from './bulk-delete/delete-chunk.ts';
import { createEraseRecord } from './erase/erase-record.ts';
import { createIndexLeftovers } from './housekeeping/index-leftovers.ts';
import { createKeepOrders } from './housekeeping/keep-orders.ts';
import { createRemoveOldDeliveries } from './housekeeping/remove-old-deliveries.ts';
import { createRemoveExpired } from './housekeeping/remove-expired.ts';
import { createRemoveOrphanFiles } from './housekeeping/remove-orphan-files.ts';
import { createStartPendingJobs } from './housekeeping/start-pending-jobs.ts';
import { createWakeWebhooks } from './housekeeping/wake-webhooks.ts';
import { createWatchWorkflows } from './housekeeping/watch-workflows.ts';
import { createApplyChunk } from './import/apply-chunk.ts';
import { createReadFile } from './import/read-file.ts';
import { createResolveDuplicates } from './import/resolve-duplicates.ts';
import { createSettleReading } from './import/settle-reading.ts';
import { createStageChunk } from './import/stage-chunk.ts';
import { createIndexRecords } from './records/index-records.ts';
import { createJobActivities } from './jobs/job-activities.ts';
import { createPlanUndo } from './undo/plan-undo.ts';
import { createUndoChunk } from './undo/undo-chunk.ts';
import { createAnnounceEvents } from './webhooks/announce-events.ts';
import { createDeliverDue } from './webhooks/deliver-due.ts';
import { createRedeliver } from './webhooks/redeliver.ts';

/** What the activities need from outside. */
export interface ActivityDeps {
  db: Database;
  storage: FileStorage;
  limits: ImportLimits;
  jobStart: JobStartSettings;
  orderStart: OrderStartSettings & OrderPaceSettings;
  webhooks: WebhookSettings;
  retention: RetentionSettings;
}

/** The activities of the `parse` queue. */
export function createParseActivities(deps: ActivityDeps): ParseActivities {
  return { readFile: createReadFile(deps), stageChunk: createStageChunk(deps) };
}

/** The activities of the `apply` queue. */
export function createApplyActivities(
  deps: ActivityDeps,
): ApplyActivities &
  UndoActivities &
  BulkDeleteActivities &
  JobActivities &
  RecordIndexActivities &
  HousekeepingActivities &
  EraseActivities {
  return {
    settleReading: createSettleReading(deps),
    resolveDuplicates: createResolveDuplicates(deps),
    applyChunk: createApplyChunk(deps),
    planUndo: createPlanUndo(deps),
    undoChunk: createUndoChunk(deps),
    deleteChunk: createDeleteChunk(deps),
    ...createJobActivities(deps),
    indexRecords: createIndexRecords(deps),
    startPendingJobs: createStartPendingJobs(deps),
    keepOrders: createKeepOrders(deps),
    watchWorkflows: createWatchWorkflows(deps),
    eraseRecord: createEraseRecord(deps),
    removeExpired: createRemoveExpired(deps),
    removeOrphanFiles: createRemoveOrphanFiles(deps),
    indexLeftovers: createIndexLeftovers(deps),
    wakeWebhooks: createWakeWebhooks(),
    removeOldDeliveries: createRemoveOldDeliveries(deps),
  };
}

/** The activities of the `webhooks` queue. */
export function createWebhookActivities(deps: ActivityDeps): WebhookActivities {
  return {
    announceEvents: createAnnounceEvents(deps),
    deliverDue: createDeliverDue(deps),
    redeliver: createRedeliver(deps),
  };
}
