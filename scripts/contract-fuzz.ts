import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROLES } from '../contracts/words.ts';
import { createApiClient } from './lib/api-client.ts';
import { oneOf, runScript, say, UsageError } from './lib/cli.ts';
import { ROOT } from './lib/local-stack.ts';
import { createReporter } from './lib/progress.ts';
import { resolveSchemathesis } from './lib/schemathesis.ts';
import { signToken } from './lib/sign-token.ts';
import { startStack } from './stack/stack.ts';

/** Who sends the requests. Whoever may do more reaches more, so it comes first, and gets the most time. */
const CALLERS = [...ROLES.toReversed(), 'nobody'] as const;
type Caller = (typeof CALLERS)[number];

/** Seconds for each caller in the short form: together, with the start of a stack, about three minutes. */
const SHORT_SECONDS: Record<Caller, number> = { admin: 70, operator: 30, viewer: 15, nobody: 10 };
const CONFIG = path.join(ROOT, 'tests', 'contract', 'schemathesis.toml');
/** A stream has no end: what came in so many seconds is looked at. Longer than any other answer takes. */
const ANSWER_SECONDS = 8;

await runScript(
  {
    call: 'npm run test:contract-fuzz --',
    summary:
      'Holds the API against its document: starts a stack of its own and sends it requests that Schemathesis makes from /openapi.json,\n' +
      'good ones and bad ones, as admin, operator, viewer and nobody. Every answer has to be one that the document names, in the form\n' +
      'that it names. Exit code 1 when one is not.',
    flags: {
      short: {
        type: 'boolean',
        help: 'about three minutes, for CI; where Python is missing it says so and passes',
      },
      as: { type: 'string', value: 'WHO', help: `only as ${CALLERS.join(', ')}` },
      seed: {
        type: 'string',
        value: 'NUMBER',
        help: 'repeats the requests of an earlier run (default: random)',
      },
    },
    examples: ['npm run test:contract-fuzz', 'npm run test:contract-fuzz -- --as viewer --seed 7'],
  },
  async (flags) => {
    const callers = flags.as === undefined ? CALLERS : [oneOf('--as', flags.as, CALLERS)];
    if (flags.seed !== undefined && !/^\d{1,12}$/.test(flags.seed))
      throw new UsageError('--seed must be a number');
    const found = await resolveSchemathesis(say);
    if ('why' in found) {
      const what = `THE API WAS NOT HELD AGAINST ITS DOCUMENT: Schemathesis is missing, ${found.why}`;
      if (flags.short !== true) throw new Error(what);
      say(what);
      return;
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'longshore-contract-'));
    try {
      const failed = await fuzz(found.program, folder, callers, {
        seconds: flags.short === true ? SHORT_SECONDS : null,
        seed: flags.seed,
      });
      if (failed.length > 0)
        throw new Error(`the API is not what its document says, as ${failed.join(', ')}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);

/** @returns as whom something failed */
async function fuzz(
  program: string,
  folder: string,
  callers: readonly Caller[],
  { seconds, seed }: { seconds: Record<Caller, number> | null; seed: string | undefined },
): Promise<Caller[]> {
  const dataDir = path.join(folder, 'data');
  const many = '1000000';
  const stack = await startStack({
    dataDir,
    reporter: createReporter(),
    ports: 'free',
    // The limits have tests of their own; here they would be all that is seen.
    env: {
      RATE_LIMIT_PER_MINUTE: many,
      RATE_LIMIT_SIGN_INS_PER_MINUTE: many,
      RATE_LIMIT_UPLOADS_PER_MINUTE: many,
      UPLOADS_AT_A_TIME: many,
      // An address that answers nothing must not hold up a test send for long.
      WEBHOOKS_TIMEOUT_MS: '1000',
    },
    postgresSettings: { fsync: 'off' },
  });
  try {
    await seedRecords(stack.apiUrl, dataDir);
    const failed: Caller[] = [];
    for (const caller of callers) {
      say(`\n== as ${caller}`);
      const token =
        caller === 'nobody' ? null : await signToken(dataDir, caller, `fuzz-${caller}`, 24 * 60 * 60);
      const code = await run(program, folder, [
        '--config-file',
        CONFIG,
        'run',
        `${stack.apiUrl}/openapi.json`,
        ...(token === null ? [] : ['--header', `Authorization: Bearer ${token}`]),
        // Several at a time trip over a fault of Python 3.11 when they read their own sources.
        '--workers',
        '1',
        '--continue-on-failure',
        '--no-shrink',
        '--request-timeout',
        String(ANSWER_SECONDS),
        '--warnings',
        'off',
        ...(seed === undefined ? [] : ['--seed', seed]),
        ...(seconds === null ? ['--max-examples', '20'] : ['--max-time', String(seconds[caller])]),
      ]);
      if (code !== 0) failed.push(caller);
    }
    return failed;
  } finally {
    await stack.stop();
  }
}

/** A few records and a job that has ended, so that not every list is empty. */
async function seedRecords(apiUrl: string, dataDir: string): Promise<void> {
  const api = createApiClient(apiUrl, await signToken(dataDir, 'operator', 'fuzz-seed'));
  for (const kind of ['products', 'customers'] as const) {
    const job = await api.upload(path.join(ROOT, 'samples', `${kind}.csv`), kind);
    await api.waitFor(job.id, () => undefined);
  }
}

function run(program: string, cwd: string, args: string[]): Promise<number> {
  const child = spawn(program, args, { cwd, stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve(code ?? 1);
    });
  });
}
