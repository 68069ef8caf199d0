import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onStopSignal } from '../platform/stop-signal.ts';
import { JSON_FLAG, print, printJson, runScript, say, table, wholeNumber } from '../scripts/lib/cli.ts';
import { createReporter } from '../scripts/lib/progress.ts';
import { SERVICES, severalOf } from '../scripts/stack/services.ts';
import { type BenchStack, startBenchStack } from './bench-stack.ts';
import { runImport } from './import-run.ts';
import { median } from './measure.ts';
import { writeProductFile } from './product-file.ts';

const API = SERVICES.filter(({ role }) => role === 'api');
const WORKERS = SERVICES.filter(({ role }) => role === 'worker');

/** Both imports of a measurement together. */
interface Measured {
  seconds: number;
  rowsPerSecond: number;
  /** Of the workers. */
  processorSeconds: number;
}

await runScript(
  {
    call: 'npm run bench -- workers',
    summary:
      'Measures what a second worker of each queue brings, on a stack of its own: two imports of different kinds at the same time,\n' +
      'with one worker of each queue and with two, by turns. On one machine they share its processors.',
    flags: {
      rows: { type: 'string', value: 'N', help: 'rows of each of the two files (default: 100000)' },
      repeat: { type: 'string', value: 'N', help: 'measurements of each kind (default: 3)' },
      json: JSON_FLAG,
    },
    examples: ['npm run bench -- workers', 'npm run bench -- workers --rows 20000 --json'],
  },
  async (flags) => {
    const rows = wholeNumber('--rows', flags.rows ?? '100000', 1_000, 5_000_000);
    const repeat = wholeNumber('--repeat', flags.repeat ?? '3', 1, 100);
    const bench = await startBenchStack(createReporter(), undefined, [...API, ...severalOf(WORKERS, 2)]);
    onStopSignal(() => {
      void bench.abandon().finally(() => process.exit(130));
    });
    try {
      // Code that has just been loaded is slow.
      await measure(bench, Math.min(rows, 20_000), 'warm');
      const measured: Record<'one' | 'two', Measured[]> = { one: [], two: [] };
      for (let round = 1; round <= repeat; round += 1) {
        for (const workers of ['one', 'two'] as const) {
          await setSecondWorkers(bench, workers === 'two');
          const result = await measure(bench, rows, `${workers}-${round}`);
          measured[workers].push(result);
          say(`${workers} of each, ${round}: ${result.seconds.toFixed(1)} s`);
        }
      }
      const one = medians(measured.one);
      const two = medians(measured.two);
      const ratio = Number((two.rowsPerSecond / one.rowsPerSecond).toFixed(2));
      if (flags.json === true) {
        printJson({ rows, processors: os.availableParallelism(), one, two, ratio });
        return;
      }
      print(
        `two imports of ${rows} rows each at a time, on ${os.availableParallelism()} processors; medians`,
      );
      print('');
      print(
        table(
          ['workers of each queue', 'seconds', 'rows/s', 'processor seconds of the workers'],
          Object.entries({ one, two }).map(([name, { seconds, rowsPerSecond, processorSeconds }]) => [
            ...[
              name,
              Number(seconds.toFixed(1)),
              Math.round(rowsPerSecond),
              Number(processorSeconds.toFixed(1)),
            ],
          ]),
        ),
      );
      print('');
      print(`ratio, two by one: ${ratio}`);
    } finally {
      await bench.remove();
    }
  },
);

/** The second worker of each queue, there or not. */
async function setSecondWorkers({ stack }: BenchStack, there: boolean): Promise<void> {
  await Promise.all(
    [...stack.services]
      .filter(([id]) => id.endsWith('-2'))
      .map(([, worker]) => (there ? worker.restart() : worker.stop())),
  );
}

async function measure(bench: BenchStack, rows: number, name: string): Promise<Measured> {
  await bench.prepare(null);
  const products = path.join(bench.folder, `products-${name}.csv`);
  const customers = path.join(bench.folder, `customers-${name}.csv`);
  await writeProductFile(products, { rows, version: 1, shuffled: true });
  const lines = Array.from({ length: rows }, (_, row) => `u${row}@${name}.example,Ann Example,Acme\n`);
  await writeFile(customers, `email,name,company\n${lines.join('')}`);
  const before = await processorTimeOfWorkers(bench);
  const begin = performance.now();
  await Promise.all([
    runImport(bench.stack, bench.api, products, 'products'),
    runImport(bench.stack, bench.api, customers, 'customers'),
  ]);
  const seconds = (performance.now() - begin) / 1_000;
  const processorSeconds = (await processorTimeOfWorkers(bench)) - before;
  return { seconds, rowsPerSecond: (2 * rows) / seconds, processorSeconds };
}

async function processorTimeOfWorkers(bench: BenchStack): Promise<number> {
  const times = Object.entries(await bench.processorTime());
  return times
    .filter(([id]) => WORKERS.some((worker) => id.startsWith(worker.id)))
    .reduce((sum, [, seconds]) => sum + seconds, 0);
}

function medians(runs: readonly Measured[]): Measured {
  const of = (name: keyof Measured): number => median(runs.map((run) => run[name]));
  return {
    seconds: of('seconds'),
    rowsPerSecond: of('rowsPerSecond'),
    processorSeconds: of('processorSeconds'),
  };
}
