import { workflowsWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('workflows-worker', [workflowsWorker]);
