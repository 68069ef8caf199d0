import { webhooksWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('webhooks-worker', [webhooksWorker]);
