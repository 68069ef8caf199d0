import { parseWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('parse-worker', [parseWorker]);
