import { applyWorker, ordersWorker, parseWorker, webhooksWorker, workflowsWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('all-workers', [workflowsWorker, parseWorker, applyWorker, ordersWorker, webhooksWorker]);
