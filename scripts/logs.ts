import { closeSync, existsSync, openSync, readdirSync, readSync, statSync, watch } from 'node:fs';
import path from 'node:path';
import { DATA_DIR_FLAG, print, runScript, wholeNumber } from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';
import { lastLines } from './stack/processes.ts';

const MAX_LINES = 1_000_000;

await runScript(
  {
    call: 'npm run logs --',
    summary: "Prints the last lines of the local stack's logs, and goes on with what comes until Ctrl-C.",
    positionals: { usage: '[NAME ...]', min: 0, max: 20 },
    flags: {
      lines: { type: 'string', value: 'N', help: 'how many lines of each log (default: 20)' },
      'no-follow': { type: 'boolean', help: 'print what there is and exit' },
      'data-dir': DATA_DIR_FLAG,
    },
    examples: ['npm run logs', 'npm run logs -- api apply --lines 100 --no-follow'],
  },
  async (flags, wanted) => {
    const folder = path.join(dataDirOf(flags['data-dir']), 'logs');
    const count = wholeNumber('--lines', flags.lines ?? '20', 0, MAX_LINES);
    const names = existsSync(folder) ? logNames(folder) : [];
    const unknown = wanted.filter((name) => !names.includes(name));
    if (names.length === 0)
      throw new Error(`there are no logs in ${folder}: start the stack with \`npm start\``);
    if (unknown.length > 0)
      throw new Error(`there is no log ${unknown.join(', ')}; there are ${names.join(', ')}`);

    const shown = new Map<string, number>();
    for (const name of wanted.length === 0 ? names : wanted) {
      const file = path.join(folder, `${name}.log`);
      shown.set(name, statSync(file).size);
      show(name, count === 0 ? '' : lastLines(file, count));
    }
    if (flags['no-follow'] === true) return;
    await new Promise<void>(() => {
      watch(folder, (_event, changed) => {
        const name = changed?.replace(/\.log$/, '') ?? '';
        if (wanted.length > 0 ? !wanted.includes(name) : !changed?.endsWith('.log')) return;
        const file = path.join(folder, `${name}.log`);
        if (!existsSync(file)) return;
        const { text, end } = readFrom(file, shown.get(name) ?? 0);
        shown.set(name, end);
        show(name, text);
      });
    });
  },
);

function logNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .map((name) => name.slice(0, -'.log'.length))
    .sort();
}

function show(name: string, text: string): void {
  for (const line of text.split('\n').filter(Boolean)) print(`${name.padEnd(10)} ${line}`);
}

/** The complete lines from a position on, and where they end. A shorter file is a new one. */
function readFrom(file: string, start: number): { text: string; end: number } {
  const { size } = statSync(file);
  const from = size < start ? 0 : start;
  const bytes = Buffer.alloc(size - from);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, bytes, 0, bytes.length, from);
  } finally {
    closeSync(descriptor);
  }
  const complete = bytes.lastIndexOf(0x0a) + 1;
  return { text: bytes.subarray(0, complete).toString('utf8'), end: from + complete };
}
