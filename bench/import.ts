import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { onStopSignal } from '../platform/stop-signal.ts';
import { JSON_FLAG, print, printJson, runScript, say, wholeNumber } from '../scripts/lib/cli.ts';
import { fileOf } from '../scripts/lib/local-stack.ts';
import { createReporter } from '../scripts/lib/progress.ts';
import { startBenchStack } from './bench-stack.ts';
import { measure } from './measure.ts';
import { writeProductFile } from './product-file.ts';
import { inWords } from './report.ts';

await runScript(
  {
    call: 'npm run bench --',
    summary:
      'Measures imports of products on a stack of its own, against the floor: one connection that copies the same file and\n' +
      'merges it into the same table with one statement. Prints medians; everything it made is removed afterwards.',
    flags: {
      rows: { type: 'string', value: 'N', help: 'rows of the file (default: 500000, about 40 MB)' },
      repeat: { type: 'string', value: 'N', help: 'measurements of each kind (default: 3)' },
      shuffled: { type: 'boolean', help: 'rows in a scattered order, not in that of their keys' },
      'cpu-prof': {
        type: 'string',
        value: 'DIR',
        help: 'leave a CPU profile of each process in this folder',
      },
      json: JSON_FLAG,
    },
    examples: ['npm run bench', 'npm run bench -- --rows 100000 --json'],
  },
  async (flags) => {
    const rows = wholeNumber('--rows', flags.rows ?? '500000', 100, 10_000_000);
    const repeat = wholeNumber('--repeat', flags.repeat ?? '3', 1, 100);
    const profileDir = flags['cpu-prof'] === undefined ? undefined : fileOf(flags['cpu-prof']);
    if (profileDir !== undefined) await mkdir(profileDir, { recursive: true });

    const bench = await startBenchStack(createReporter(), profileDir);
    onStopSignal(() => {
      void bench.abandon().finally(() => process.exit(130));
    });
    try {
      const shuffled = flags.shuffled === true;
      const fileFor = async (name: string, count: number, version: number) => {
        const file = path.join(bench.folder, name);
        await writeProductFile(file, { rows: count, version, shuffled });
        return file;
      };
      const result = await measure(bench, { rows, repeat, fileFor, onMeasured: say });
      if (flags.json === true) printJson(result);
      else print(inWords(result));
    } finally {
      await bench.remove();
    }
  },
);
