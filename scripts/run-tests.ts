import { spawn } from 'node:child_process';
import path from 'node:path';
import { oneOf, runScript, say } from './lib/cli.ts';
import { ROOT } from './lib/local-stack.ts';
import { resolveTemporalBinary } from './stack/temporal-binary.ts';

interface Group {
  /** What these tests hold, in a few words. */
  about: string;
  /** Files and folders. */
  places: readonly string[];
  /** Whether they start a Temporal server of their own. */
  temporal: boolean;
}

/** All but the last two are part of `npm test`; these are for running one kind by itself. */
const GROUPS: Readonly<Record<string, Group>> = {
  contracts: {
    about: 'what others build on: the HTTP API, and the documents made from the contracts',
    places: ['tests/http', 'tests/unit/docs.test.ts'],
    temporal: false,
  },
  smoke: {
    about: 'one command imports a file on an empty machine',
    places: ['tests/stack/start.test.ts'],
    temporal: true,
  },
  devtools: {
    about: 'the scripts of package.json, and the bootstrap below them',
    places: ['tests/stack/operator-scripts.test.ts', 'tests/stack/bootstrap.test.ts'],
    temporal: true,
  },
  e2e: { about: 'whole imports through all processes', places: ['tests/e2e'], temporal: true },
  integration: {
    about: 'activities and migrations on a real PostgreSQL',
    places: ['tests/activities', 'tests/database'],
    temporal: false,
  },
  browser: {
    about: 'the web app in a real browser, before a whole stack; skipped aloud where no Chromium is',
    places: ['tests/browser'],
    temporal: true,
  },
  cluster: {
    about:
      'two of each process, files in S3, a production Temporal server; some of each are killed. Skipped aloud where Go is not',
    places: ['tests/cluster'],
    temporal: false,
  },
  long: {
    about: 'what takes minutes: millions of rows, half a gigabyte, kills in a row; not part of `npm test`',
    places: ['tests/long'],
    temporal: true,
  },
};

await runScript(
  {
    call: 'npm run test:GROUP --',
    summary: `Runs a group of the tests:\n${Object.entries(GROUPS)
      .map(([name, { about }]) => `  ${name.padEnd(11)}  ${about}`)
      .join('\n')}`,
    positionals: { usage: '[-- VITEST ARGUMENTS]', min: 1, max: 100 },
    flags: {},
    examples: ['npm run test:smoke', "npm run test:contracts -- -- -t 'Idempotency-Key'"],
  },
  async (_flags, [name = '', ...vitestArguments]) => {
    const group = GROUPS[oneOf('the group', name, Object.keys(GROUPS))];
    if (group === undefined) return;
    // Getting the server takes minutes the first time, longer than a test may.
    if (group.temporal) await resolveTemporalBinary({ log: say });
    process.exitCode = await vitest([...group.places, ...vitestArguments]);
  },
);

function vitest(args: string[]): Promise<number> {
  const program = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [program, 'run', ...args], { cwd: ROOT, stdio: 'inherit' });
  // It stops what its tests have started, and then ends; so does this.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
