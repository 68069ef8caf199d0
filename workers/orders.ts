import { ordersWorker } from './definitions.ts';
import { runWorkers } from './run-worker.ts';

await runWorkers('orders-worker', [ordersWorker]);
