import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeConnection, Worker } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import { onStopSignal } from '../platform/stop-signal.ts';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import { JSON_FLAG, print, printJson, runScript, say, table, wholeNumber } from '../scripts/lib/cli.ts';
import { ROOT } from '../scripts/lib/local-stack.ts';
import { followOrders, makeLoadOrder, percentile, postOrder } from '../scripts/lib/order-load.ts';
import { createReporter } from '../scripts/lib/progress.ts';
import { signToken } from '../scripts/lib/sign-token.ts';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { runImport, untilIndexed } from './import-run.ts';
import { median } from './measure.ts';
import path from 'node:path';

const QUEUE = 'bench-empty';
const POLL_MS = 20;
/** At which the time of a single order is measured. */
const CALM_RATE = 5;

interface Round {
  emptyPerSecond: number;
  ordersPerSecond: number;
  /** An order, by process. */
  processorMs: Record<string, number>;
}

await runScript(
  {
    call: 'npm run bench -- orders',
    summary:
      'Measures orders on a stack of its own: how many a second from the request to the parcel, how that compares with workflows\n' +
      'that do nothing on the same server, what one costs in processor time, and how long one takes at a calm rate.',
    flags: {
      orders: { type: 'string', value: 'N', help: 'orders in a measurement (default: 1000)' },
      concurrency: { type: 'string', value: 'N', help: 'requests at a time (default: 50)' },
      repeat: { type: 'string', value: 'N', help: 'measurements of each kind (default: 3)' },
      json: JSON_FLAG,
    },
    examples: ['npm run bench -- orders', 'npm run bench -- orders --orders 300 --json'],
  },
  async (flags) => {
    const count = wholeNumber('--orders', flags.orders ?? '1000', 10, 100_000);
    const concurrency = wholeNumber('--concurrency', flags.concurrency ?? '50', 1, 500);
    const repeat = wholeNumber('--repeat', flags.repeat ?? '3', 1, 100);
    const bench = await startBenchStack(createReporter());
    onStopSignal(() => {
      void bench.abandon().finally(() => process.exit(130));
    });
    try {
      await runImport(bench.stack, bench.api, path.join(ROOT, 'samples', 'products.csv'));
      await untilIndexed(bench.stack);
      const { stack } = bench;
      const token = await signToken(stack.dataDir, 'operator', 'bench');
      const temporal = createTemporalClient({
        TEMPORAL_ADDRESS: stack.temporalAddress,
        TEMPORAL_NAMESPACE: stack.temporalNamespace,
      });
      const connection = await NativeConnection.connect({ address: stack.temporalAddress });
      const worker = await Worker.create({
        connection,
        namespace: stack.temporalNamespace,
        taskQueue: QUEUE,
        workflowsPath: fileURLToPath(new URL('./empty-workflow.ts', import.meta.url)),
        maxCachedWorkflows: 200,
      });
      const running = worker.run();
      const runEmpty = async (): Promise<number> => {
        const begin = performance.now();
        await atATime(concurrency, count, async () => {
          await temporal.workflow.execute('emptyWorkflow', {
            workflowId: `empty-${uuidv7()}`,
            taskQueue: QUEUE,
          });
        });
        return (count * 1_000) / (performance.now() - begin);
      };

      // Code that has just been loaded is slow.
      await runEmpty();
      await runOrders(bench, token, Math.min(count, 300), concurrency);
      const rounds: Round[] = [];
      for (let number = 1; number <= repeat; number += 1) {
        const emptyPerSecond = await runEmpty();
        const round = { emptyPerSecond, ...(await runOrders(bench, token, count, concurrency)) };
        rounds.push(round);
        say(
          `${String(number)} of ${String(repeat)}: ${emptyPerSecond.toFixed(0)} empty workflows/s, ${round.ordersPerSecond.toFixed(0)} orders/s`,
        );
      }
      const calm = await runCalm(bench, token);
      worker.shutdown();
      await running;
      await connection.close();
      await temporal.connection.close();

      const of = (pick: (round: Round) => number): number => median(rounds.map(pick));
      const result = {
        orders: count,
        emptyWorkflowsPerSecond: Math.round(of((round) => round.emptyPerSecond)),
        ordersPerSecond: Math.round(of((round) => round.ordersPerSecond)),
        ratio: Number(of((round) => round.ordersPerSecond / round.emptyPerSecond).toFixed(2)),
        processorMsPerOrder: Number(of(({ processorMs }) => total(processorMs)).toFixed(1)),
        processorMsByProcess: Object.fromEntries(
          Object.keys(rounds[0]?.processorMs ?? {}).map((id) => [
            id,
            Number(of(({ processorMs }) => processorMs[id] ?? 0).toFixed(1)),
          ]),
        ),
        shippedAfterMs: calm,
      };
      if (flags.json === true) printJson(result);
      else {
        print(
          table(
            [
              'empty workflows/s',
              'orders/s',
              'ratio',
              'processor ms an order',
              `ms at ${String(CALM_RATE)}/s: p50`,
              'p95',
              'p99',
            ],
            [
              [
                ...[
                  result.emptyWorkflowsPerSecond,
                  result.ordersPerSecond,
                  result.ratio,
                  result.processorMsPerOrder,
                ],
                ...[calm.p50, calm.p95, calm.p99],
              ],
            ],
          ),
        );
        say(
          `processor ms an order: ${Object.entries(result.processorMsByProcess)
            .map(([id, milliseconds]) => `${id} ${String(milliseconds)}`)
            .join(', ')}`,
        );
      }
    } finally {
      await bench.remove();
    }
  },
);

/** From the first request to the last parcel. */
async function runOrders(
  bench: BenchStack,
  token: string,
  count: number,
  concurrency: number,
): Promise<Omit<Round, 'emptyPerSecond'>> {
  const target = new URL('/api/orders', bench.stack.apiUrl);
  const follower = await followOrders(bench.stack.apiUrl, token);
  const before = await bench.processorTime();
  const begin = performance.now();
  const placed: string[] = [];
  await atATime(concurrency, count, async () => {
    placed.push(await postOrder(target, token, makeLoadOrder()));
  });
  while (!placed.every((id) => follower.ended.has(id))) await delay(POLL_MS);
  const seconds = (performance.now() - begin) / 1_000;
  const after = await bench.processorTime();
  follower.close();
  const wrong = placed.filter((id) => follower.ended.get(id)?.status !== 'SHIPPED');
  if (wrong.length > 0) {
    const how = follower.ended.get(wrong[0] ?? '')?.status ?? '';
    throw new Error(
      `${String(wrong.length)} orders were not shipped (${how}): that is not what was to be measured`,
    );
  }
  const processorMs = Object.entries(after).map(([id, time]): [string, number] => [
    id,
    ((time - (before[id] ?? 0)) * 1_000) / count,
  ]);
  return { ordersPerSecond: count / seconds, processorMs: Object.fromEntries(processorMs) };
}

function total(byProcess: Readonly<Record<string, number>>): number {
  return Object.values(byProcess).reduce((sum, milliseconds) => sum + milliseconds, 0);
}

async function runCalm(bench: BenchStack, token: string): Promise<Record<'p50' | 'p95' | 'p99', number>> {
  const target = new URL('/api/orders', bench.stack.apiUrl);
  const follower = await followOrders(bench.stack.apiUrl, token);
  const placed: string[] = [];
  for (let number = 0; number < CALM_RATE * 20; number += 1) {
    placed.push(await postOrder(target, token, makeLoadOrder()));
    await delay(1_000 / CALM_RATE);
  }
  while (!placed.every((id) => follower.ended.has(id))) await delay(POLL_MS);
  follower.close();
  const times = placed.map((id) => follower.ended.get(id)?.milliseconds ?? Number.NaN);
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), p99: percentile(times, 0.99) };
}

/** Does something so many times, so many at a time. */
async function atATime(concurrency: number, count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
