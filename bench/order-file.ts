import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import type { Job } from '../contracts/http/job.ts';
import { onStopSignal } from '../platform/stop-signal.ts';
import { isEnded } from '../contracts/words.ts';
import { JSON_FLAG, print, printJson, runScript, say, wholeNumber } from '../scripts/lib/cli.ts';
import { ROOT } from '../scripts/lib/local-stack.ts';
import { createReporter } from '../scripts/lib/progress.ts';
import { startBenchStack } from './bench-stack.ts';
import { runImport } from './import-run.ts';

const LOOK_MS = 1_000;

await runScript(
  {
    call: 'npm run bench -- order-file',
    summary:
      'Imports a file of orders on a stack of its own, and waits until the last of them has ended: how long the import takes, how many\n' +
      'orders end in a second, how many workflows run at a time, and how much memory each process has taken.',
    flags: {
      orders: { type: 'string', value: 'N', help: 'orders in the file, of two lines each (default: 50000)' },
      json: JSON_FLAG,
    },
    examples: ['npm run bench -- order-file', 'npm run bench -- order-file --orders 5000 --json'],
  },
  async (flags) => {
    const count = wholeNumber('--orders', flags.orders ?? '50000', 10, 1_000_000);
    const bench = await startBenchStack(createReporter());
    onStopSignal(() => {
      void bench.abandon().finally(() => process.exit(130));
    });
    try {
      const { stack, api } = bench;
      await runImport(stack, api, path.join(ROOT, 'samples', 'products.csv'));
      const file = path.join(bench.folder, 'orders.csv');
      await writeOrders(file, count);
      const temporal = createTemporalClient({
        TEMPORAL_ADDRESS: stack.temporalAddress,
        TEMPORAL_NAMESPACE: stack.temporalNamespace,
      });
      const began = performance.now();
      const secondsSince = (): number => Math.round((performance.now() - began) / 100) / 10;
      const { id } = await api.upload(file, 'orders');
      let importSeconds: number | null = null;
      let mostRunning = 0;
      let job = await api.get<Job>(`/api/jobs/${id}`);
      for (;;) {
        await delay(LOOK_MS);
        job = await api.get<Job>(`/api/jobs/${id}`);
        const running = await temporal.workflow.count(
          `WorkflowType = 'OrderWorkflow' AND ExecutionStatus = 'Running'`,
        );
        mostRunning = Math.max(mostRunning, running.count);
        if (isEnded(job.status)) importSeconds ??= secondsSince();
        const { orders } = job;
        say(
          `${String(secondsSince())} s: ${job.status}, ${String(orders?.total)} orders, ${String(orders?.started)} started, ` +
            `${String(orders?.finished)} finished, ${String(running.count)} running`,
        );
        if (isEnded(job.status) && orders !== null && orders.finished === orders.total) break;
      }
      const seconds = secondsSince();
      const result = {
        orders: job.orders,
        counts: job.counts,
        importSeconds,
        seconds,
        ordersPerSecond: Math.round((10 * count) / seconds) / 10,
        mostRunningWorkflows: mostRunning,
        peakMemoryMb: await bench.peakMemory(),
        processorSeconds: await bench.processorTime(),
      };
      await temporal.connection.close();
      if (flags.json === true) printJson(result);
      else print(JSON.stringify(result, null, 2));
    } finally {
      await bench.remove();
    }
  },
);

/** Orders of one to two pieces of two of the samples' products: of most there is too little for all, and that is an end too. */
async function writeOrders(file: string, count: number): Promise<void> {
  const out = createWriteStream(file);
  out.write('order_number,email,sku,quantity,unit_price,currency\n');
  for (let order = 0; order < count; order += 1) {
    const sku = (line: number): string => `SKU-${String(((order * 7 + line * 13) % 100) + 1)}`;
    const lines =
      `b${String(order)},buyer${String(order)}@example.org,${sku(0)},1,10.00,EUR\n` +
      `b${String(order)},,${sku(1)},1,10.00,\n`;
    if (!out.write(lines)) await new Promise<void>((resolve) => out.once('drain', resolve));
  }
  await new Promise<void>((resolve) => out.end(resolve));
}
