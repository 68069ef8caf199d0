import { applyWorker, parseWorker, workflowsWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('all-workers', [workflowsWorker, parseWorker, applyWorker]);
