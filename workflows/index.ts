/** Every workflow type: what the workflow worker bundles and the replayer replays. */
export { BulkDeleteWorkflow } from './bulk-delete/bulk-delete-workflow.ts';
export { EraseWorkflow } from './erase/erase-workflow.ts';
export { HousekeepingWorkflow } from './housekeeping/housekeeping-workflow.ts';
export { ImportWorkflow } from './import/import-workflow.ts';
export { OrderStartWorkflow } from './order-start/order-start-workflow.ts';
export { OrderWorkflow } from './orders/order-workflow.ts';
export { RecordIndexWorkflow } from './record-index/record-index-workflow.ts';
export { UndoWorkflow } from './undo/undo-workflow.ts';
export { WebhookEndpointWorkflow } from './webhooks/webhook-endpoint-workflow.ts';
export { WebhookFeedWorkflow } from './webhooks/webhook-feed-workflow.ts';
