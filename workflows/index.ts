/** Every workflow type: what the workflow worker bundles and the replayer replays. */
export { ImportWorkflow } from './import/import-workflow.ts';
