import { existsSync, watch } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Job } from '../contracts/http/job.ts';
import { IMPORT_KINDS, type ImportKind } from '../contracts/words.ts';
import { type ApiClient, createApiClient } from './lib/api-client.ts';
import { checkFile } from './lib/check-file.ts';
import { DATA_DIR_FLAG, oneOf, print, printJson, runScript, say, UsageError } from './lib/cli.ts';
import { dataDirOf, ROOT } from './lib/local-stack.ts';
import { createProgressBar, createReporter, summaryOf } from './lib/progress.ts';
import { signInLink, signToken } from './lib/sign-token.ts';
import { type Stack, StackRunningError, startStack, waitForOtherStack } from './stack/stack.ts';

/** What the first start imports, so that there is something to look at. */
const SAMPLES: [string, ImportKind][] = [
  ['customers.csv', 'customers'],
  ['products.csv', 'products'],
];
/** One Ctrl-C reaches this process by the terminal and once more by each launcher in between. */
const SAME_INTERRUPT_MS = 1_000;
/** Folders whose files are the program, for `--dev`. */
const SOURCES = [
  'activities',
  'adapters',
  'api',
  'contracts',
  'domain',
  'platform',
  'prisma',
  'workers',
  'workflows',
];
const TEMPORAL_SERVERS = ['dev', 'production'] as const;
/** Editors write a file in several steps, and often several files. */
const CHANGES_SETTLE_MS = 300;

await runScript(
  {
    call: 'npm start --',
    summary:
      'Starts everything on this machine: PostgreSQL and Temporal (unless DATABASE_URL and TEMPORAL_ADDRESS say where they are),\n' +
      'the migrations, the workers and the API; the first time imports the samples. Stays until Ctrl-C, which stops it all.',
    flags: {
      once: {
        type: 'string',
        value: 'FILE',
        help: 'import this CSV file, print its summary and exit (0 when it completed)',
      },
      kind: {
        type: 'string',
        value: 'KIND',
        help: `what the file of --once holds: ${IMPORT_KINDS.join(' or ')}`,
      },
      json: { type: 'boolean', help: 'with --once: print the job as JSON, alone on standard output' },
      'data-dir': DATA_DIR_FLAG,
      temporal: {
        type: 'string',
        value: 'SERVER',
        help: 'dev (default), or production: the server for production, on the same PostgreSQL (built with Go the first time)',
      },
      dev: { type: 'boolean', help: 'log in detail, and restart the processes when a source file changes' },
      prod: { type: 'boolean', help: 'no samples; DATABASE_URL and TEMPORAL_ADDRESS have to be set' },
    },
    examples: [
      'npm start',
      'npm start -- --once samples/products.csv --kind products',
      'PORT=8080 npm start -- --data-dir /tmp/try',
    ],
  },
  async (flags) => {
    const dataDir = dataDirOf(flags['data-dir']);
    const exit = new AbortController();
    if (flags.once !== undefined) {
      const once = await checkOnce(flags.once, flags.kind);
      await importOnce(dataDir, once, flags.json === true, exit);
      return;
    }
    if (flags.kind !== undefined || flags.json === true)
      throw new UsageError('--kind and --json go with --once');
    if (flags.prod === true) {
      const missing = ['DATABASE_URL', 'TEMPORAL_ADDRESS'].filter((name) => (process.env[name] ?? '') === '');
      if (missing.length > 0) throw new Error(`--prod needs ${missing.join(' and ')} to be set`);
    }
    const temporal = oneOf('--temporal', flags.temporal ?? 'dev', TEMPORAL_SERVERS);
    await stay(dataDir, { dev: flags.dev === true, samples: flags.prod !== true, temporal }, exit);
  },
);

/** The stack until it is told to stop. */
async function stay(
  dataDir: string,
  options: { dev: boolean; samples: boolean; temporal: 'dev' | 'production' },
  exit: AbortController,
): Promise<void> {
  const reporter = createReporter();
  const started = performance.now();
  say(`starting Longshore, data in ${dataDir}`);
  const told = onInterrupt(exit);
  let stack: Stack;
  try {
    stack = await startStack({
      dataDir,
      reporter,
      signal: exit.signal,
      temporal: options.temporal,
      env: options.dev ? { LOG_LEVEL: process.env.LOG_LEVEL ?? 'debug', NODE_ENV: 'development' } : {},
    });
  } catch (error) {
    if (!exit.signal.aborted) throw error;
    return;
  }
  told.stack = stack;
  try {
    if (options.samples) await importSamples(stack, exit.signal);
    say(`Longshore is up (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    printUrls(stack, dataDir, await signInLink(stack.apiUrl, dataDir, 'admin', 'local'));
    if (options.dev) restartOnChanges(stack, exit.signal);
    await aborted(exit.signal);
  } catch (error) {
    if (!exit.signal.aborted) throw error;
  } finally {
    say('stopping ...');
    await stack.stop();
    say('stopped');
  }
}

function printUrls(stack: Stack, dataDir: string, link: string): void {
  const own = dataDir === dataDirOf(undefined) ? '' : ` --data-dir ${dataDir}`;
  print(
    [
      '',
      `  Web app           ${link}`,
      `                    (the link signs one browser in, once; another: npm run -s token -- --link${own})`,
      `  API               ${stack.apiUrl}`,
      `  API docs          ${stack.apiUrl}/docs`,
      `  Temporal          ${stack.temporalAddress}`,
      ...(stack.temporalUiUrl === undefined ? [] : [`  Temporal Web UI   ${stack.temporalUiUrl}`]),
      `  a token           npm run -s token -- --role operator${own}`,
      `  logs              ${path.join(dataDir, 'logs')}`,
      '',
      '  Ctrl-C stops everything.',
      '',
    ].join('\n'),
  );
}

async function importSamples(stack: Stack, signal: AbortSignal): Promise<void> {
  const marker = path.join(stack.dataDir, 'samples-imported');
  if (existsSync(marker)) return;
  say('first start: importing the samples');
  const api = await clientFor(stack.apiUrl, stack.dataDir);
  for (const [name, kind] of SAMPLES) {
    const job = await importFile(api, path.join(ROOT, 'samples', name), kind, signal);
    say(summaryOf(job));
    if (job.status !== 'completed') return;
  }
  await writeFile(marker, `${new Date().toISOString()}\n`);
}

interface Once {
  file: string;
  kind: ImportKind;
}

/** Before anything is started. */
async function checkOnce(file: string, kind: string | undefined): Promise<Once> {
  if (kind === undefined) throw new UsageError('--once needs --kind');
  const known = oneOf('--kind', kind, IMPORT_KINDS);
  return { file: await checkFile(file), kind: known };
}

async function importOnce(
  dataDir: string,
  { file, kind }: Once,
  json: boolean,
  exit: AbortController,
): Promise<void> {
  const told = onInterrupt(exit);
  let stack: Stack | undefined;
  let apiUrl: string;
  try {
    stack = await startStack({ dataDir, reporter: createReporter(), ports: 'free', signal: exit.signal });
    told.stack = stack;
    apiUrl = stack.apiUrl;
  } catch (error) {
    if (exit.signal.aborted) {
      interrupted();
      return;
    }
    if (!(error instanceof StackRunningError)) throw error;
    const other = await waitForOtherStack(dataDir);
    if (other?.urls == null) throw error;
    apiUrl = other.urls.api;
    say(`using the stack that runs on ${dataDir} (${apiUrl})`);
  }
  try {
    const job = await importFile(await clientFor(apiUrl, dataDir), file, kind, exit.signal);
    if (json) printJson(job);
    else print(summaryOf(job));
    if (job.status === 'needs_attention')
      say('the job waits for an operator; start the stack with `npm start` to look at it');
    process.exitCode = job.status === 'completed' ? 0 : 1;
  } catch (error) {
    if (!exit.signal.aborted) throw error;
    interrupted();
  } finally {
    await stack?.stop();
  }
}

function interrupted(): void {
  say('interrupted');
  process.exitCode = 130;
}

async function importFile(api: ApiClient, file: string, kind: ImportKind, signal: AbortSignal): Promise<Job> {
  const accepted = await api.upload(file, kind);
  const bar = createProgressBar(path.basename(file));
  try {
    return await api.waitFor(accepted.id, (job) => bar.show(job), signal);
  } finally {
    bar.end();
  }
}

async function clientFor(apiUrl: string, dataDir: string): Promise<ApiClient> {
  return createApiClient(apiUrl, await signToken(dataDir, 'operator', 'local-start'));
}

/** The first Ctrl-C or SIGTERM asks for an orderly stop, a second one breaks that off. */
function onInterrupt(exit: AbortController): { stack?: Stack } {
  const told: { stack?: Stack } = {};
  let firstAt = 0;
  const handle = (signal: NodeJS.Signals) => {
    const now = performance.now();
    if (!exit.signal.aborted) {
      firstAt = now;
      exit.abort(new Error(`${signal} received`));
    } else if (now - firstAt > SAME_INTERRUPT_MS) {
      firstAt = now;
      say('stopping at once');
      void (told.stack?.abandon() ?? Promise.resolve()).finally(() => process.exit(130));
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  return told;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    // Something has to keep this process alive that nothing else does: what it started runs by itself.
    const alive = setInterval(() => undefined, 60_000);
    const end = () => {
      clearInterval(alive);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** For development: what was changed runs a moment later. */
function restartOnChanges(stack: Stack, signal: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  let running = Promise.resolve();
  const stopping = () => signal.aborted;
  const restart = async () => {
    if (stopping()) return;
    say('sources changed; restarting');
    const results = await Promise.allSettled(
      [...stack.services.values()].map((service) => service.restart()),
    );
    const failed = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as Error).message] : [],
    );
    // Stopping in the middle of it is no failure.
    if (stopping()) return;
    say(failed.length === 0 ? 'restarted' : failed.join('\n'));
  };
  for (const folder of SOURCES) {
    watch(path.join(ROOT, folder), { recursive: true, signal }, (_event, name) => {
      if (name === null || !/\.(ts|json|sql)$/.test(name) || name.startsWith('generated')) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        running = running.then(restart);
      }, CHANGES_SETTLE_MS);
    });
  }
}
