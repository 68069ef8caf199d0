import { applyWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('apply-worker', [applyWorker]);
