import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Row } from '../../contracts/http/row.ts';
import { ROLES } from '../../contracts/words.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { createTokens } from '../../platform/tokens.ts';
import { authSecret } from '../../scripts/lib/local-stack.ts';
import { type Stack, startStack } from '../../scripts/stack/stack.ts';
import { csv } from '../support/csv.ts';
import { type Ended, ROOT, runNode } from '../support/run-node.ts';
import { until } from '../support/until.ts';

let folder: string;
let dataDir: string;
let stack: Stack;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-scripts-'));
  dataDir = path.join(folder, 'data');
  stack = await startStack({
    dataDir,
    reporter: { note: () => undefined, step: (_title, work) => work(() => undefined) },
    ports: 'free',
    postgresSettings: { fsync: 'off' },
  });
});
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a script as a child process, without a data folder. */
function call(name: string, ...args: string[]): Promise<Ended> {
  return runNode([`scripts/${name}.ts`, ...args]);
}

/** Runs a script on the stack of this file. */
function run(name: string, ...args: string[]): Promise<Ended> {
  return call(name, '--data-dir', dataDir, ...args);
}

interface JsonRun<T> {
  code: number | null;
  result: T;
}

/** Runs a script with --json on the stack of this file. Fails unless JSON is all that is on standard output. */
async function runJson<T>(name: string, ...args: string[]): Promise<JsonRun<T>> {
  const { code, stdout, stderr } = await run(name, '--json', ...args);
  try {
    return { code, result: JSON.parse(stdout) as T };
  } catch {
    throw new Error(`${name} printed no JSON (exit code ${String(code)}):\n${stdout}\n${stderr}`);
  }
}

async function writeCsv(name: string, ...lines: string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, csv(...lines));
  return file;
}

/** The scripts of package.json that are written here, each with the arguments that package.json gives it. */
async function ownScripts(): Promise<[npmName: string, file: string, ...args: string[]][]> {
  const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return Object.entries(scripts).flatMap(([npmName, command]) => {
    const [program, bootstrap, file = '', ...args] = command.split(' ');
    const ours = program === 'node' && bootstrap === 'scripts/run.mjs' && file.endsWith('.ts');
    return ours ? [[npmName, file, ...args] as [string, string, ...string[]]] : [];
  });
}

describe('every script', async () => {
  const scripts = await ownScripts();

  test('of the folder is a command of package.json, except those that the image and the bootstrap run', async () => {
    const others = ['healthcheck.ts', 'build-web.ts'];
    const files = (await readdir(path.join(ROOT, 'scripts')))
      .filter((name) => name.endsWith('.ts') && !others.includes(name))
      .map((name) => `scripts/${name}`);
    expect(scripts.map(([, file]) => file)).toEqual(expect.arrayContaining(files));
  });

  test.concurrent.each(scripts)(
    'npm run %s explains itself, with an example',
    async (npmName, ...command) => {
      const { code, stdout, stderr } = await runNode([...command, '--help']);
      expect({ code, stderr }, npmName).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^usage: npm \S+/);
      expect(stdout).toMatch(/^ {2}--help +show this$/m);
      expect(stdout).toMatch(/\nexamples?:\n {2}\S/);
    },
  );

  test.concurrent.each(scripts)(
    'npm run %s refuses a flag that it does not know',
    async (npmName, ...command) => {
      const { code, stdout, stderr } = await runNode([...command, '--no-such-flag']);
      expect({ code, stdout }, npmName).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Unknown option '--no-such-flag'\n\nusage: npm /);
    },
  );
});

describe('token', () => {
  test.each(ROLES)('prints a token for a %s, and nothing else', async (role) => {
    const { code, stdout, stderr } = await run(
      'token',
      '--role',
      role,
      '--subject',
      'Ada',
      '--expires',
      '30m',
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const principal = await createTokens(await authSecret(dataDir)).verify(stdout.trim());
    expect(principal).toMatchObject({ subject: 'Ada', role });
    const minutes = (principal.expiresAt.getTime() - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(28);
    expect(minutes).toBeLessThanOrEqual(30);
  });

  test('is good for the running API', async () => {
    const { stdout } = await run('token');
    const response = await fetch(`${stack.apiUrl}/api/jobs`, {
      headers: { authorization: `Bearer ${stdout.trim()}` },
    });
    expect(response.status).toBe(200);
  });

  test('refuses a role that there is not, and a life that is not a time', async () => {
    const role = await run('token', '--role', 'owner');
    expect({ code: role.code, stdout: role.stdout }).toEqual({ code: 2, stdout: '' });
    expect(role.stderr).toMatch(/^--role must be one of viewer, operator, admin, not "owner"\n\nusage: /);
    expect((await run('token', '--expires', 'tomorrow')).code).toBe(2);
  });
});

describe('seed:import', () => {
  test('happy-path: every row goes in', async () => {
    const { code, result } = await runJson<Job>('seed-import', '--fixture', 'happy-path');
    expect(code).toBe(0);
    expect(result).toMatchObject({ status: 'completed', counts: { total: 5, rejected: 0, failed: 0 } });
    const { created = 0, updated = 0, unchanged = 0 } = result.counts;
    expect(created + updated + unchanged).toBe(5);
  });

  test('partial-failure: some rows are rejected, the others go in, and the reasons are shown', async () => {
    const { code, stdout } = await run('seed-import', '--fixture', 'partial-failure');
    expect(code).toBe(0);
    expect(stdout).toMatch(/partial-failure\.csv \(customers\): completed/);
    expect(stdout).toMatch(/line 3, row 2: email invalid_email: /);
    const [id = ''] = /(?<=^job )\S+/.exec(stdout) ?? [];
    const { result } = await runJson<{ counts: Job['counts'] }>('inspect-outcomes', '--job-id', id);
    const { total, ...outcomes } = result.counts;
    expect(outcomes.rejected).toBeGreaterThan(0);
    expect(outcomes.rejected).toBeLessThan(total ?? 0);
    expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(total);
  });

  test('parse-failure: the job fails with malformed_csv, and nothing goes in', async () => {
    const { code, result } = await runJson<Job>('seed-import', '--fixture', 'parse-failure');
    expect(code).toBe(0);
    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'malformed_csv', message: expect.stringMatching(/line 3/) },
      counts: { created: 0, updated: 0, unchanged: 0 },
    });
  });

  test('single-row: one row', async () => {
    const { code, result } = await runJson<Job>('seed-import', '--fixture', 'single-row');
    expect(code).toBe(0);
    expect(result).toMatchObject({ status: 'completed', counts: { total: 1 } });
  });

  test('refuses a fixture that there is not', async () => {
    const { code, stdout, stderr } = await run('seed-import', '--fixture', 'sad-path', '--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^--fixture must be one of happy-path, partial-failure, parse-failure, single-row/,
    );
  });
});

describe('import:post', () => {
  test('uploads a file, waits for its job and prints the summary', async () => {
    const file = await writeCsv('catalogue.csv', 'sku,name,price', 'POST-1,Cup,3', 'POST-2,Pot,9.5');
    const { code, stdout, stderr } = await run('import-post', file, '--kind', 'products', '--wait');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^catalogue\.csv \(products\): completed\n {2}2 rows = created 2 \+ updated 0 \+ /,
      ),
    });
    expect(stderr).toMatch(/^accepted as job /);
  });

  test('takes the kind from the name of the file, and answers at once without --wait', async () => {
    const file = await writeCsv('My Products 2026.csv', 'sku,name,price', 'POST-3,Jug,4');
    const { code, result } = await runJson<Job>('import-post', file);
    expect(code).toBe(0);
    expect(result).toMatchObject({ kind: 'products', filename: 'My Products 2026.csv' });
  });

  test('takes a path as it was typed, although npm runs it in the checkout', async () => {
    await writeCsv('typed.csv', 'sku,name,price', 'POST-4,Pan,4');
    const { code } = await runNode(
      [path.join(ROOT, 'scripts/import-post.ts'), 'typed.csv', '--kind', 'products', '--data-dir', 'data'],
      { env: { INIT_CWD: folder } },
    );
    expect(code).toBe(0);
  });

  test('with --wait, exits with 1 when the job did not complete', async () => {
    const file = await writeCsv('products.csv', 'sku,name', 'POST-5,Lid');
    const { code, result } = await runJson<Job>('import-post', file, '--wait');
    expect(code).toBe(1);
    expect(result).toMatchObject({ status: 'failed', failure: { code: 'missing_columns' } });
  });

  test('refuses a kind that there is not, a missing file, and two files', async () => {
    const file = await writeCsv('refused.csv', 'sku,name,price', 'POST-6,Lid,1');
    expect(await run('import-post', file, '--kind', 'unicorns')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('import-post', `${file}.gone`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/refused\.csv\.gone can't be read: there is no such file\n$/),
    });
    expect(await run('import-post')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^missing: FILE\n/),
    });
    expect(await run('import-post', file, file)).toMatchObject({ code: 2 });
  });
});

describe('what there is to look at', () => {
  let job: Job;
  beforeAll(async () => {
    const file = await writeCsv(
      'inspected.csv',
      'sku,name,price,stock',
      'LOOK-1,Cup,3.10,5',
      'LOOK-2,"Pot, big",cheap,1',
      'LOOK-3,Jug,7,',
    );
    job = (await runJson<Job>('import-post', file, '--kind', 'products', '--wait')).result;
  });

  test('inspect:jobs: lists as many as were asked for, newest first, and shows one', async () => {
    const { result: two } = await runJson<Job[]>('inspect-jobs', '--limit', '2');
    expect(two.map(({ id }) => id)).toEqual([job.id, expect.any(String)]);
    const { result: all } = await runJson<Job[]>('inspect-jobs', '--limit', '300');
    const times = all.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().reverse());
    const { result: failed } = await runJson<Job[]>('inspect-jobs', '--status', 'failed');
    expect(new Set(failed.map(({ status }) => status))).toEqual(new Set(['failed']));

    const { result: one } = await runJson<Job>('inspect-jobs', '--job-id', job.id);
    expect(one).toEqual(job);
    const { stdout } = await run('inspect-jobs', '--job-id', job.id);
    expect(stdout).toMatch(/^inspected\.csv \(products\): completed\n/);
    expect(stdout).toContain(`import-${job.id}`);
    const table = await run('inspect-jobs', '--limit', '1');
    expect(table.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(table.stdout).toMatch(/^id +type +kind +status/);
  });

  test('inspect:staged-rows: shows values as they were normalised, and what is wrong with the others', async () => {
    const { code, result } = await runJson<Row[]>('inspect-staged-rows', '--job-id', job.id);
    expect(code).toBe(0);
    expect(result).toMatchObject([
      { row: 1, line: 2, outcome: 'created', key: 'look-1', values: { sku: 'LOOK-1', price: '3.10' } },
      { row: 2, line: 3, outcome: 'rejected', values: { price: null }, raw: 'LOOK-2,"Pot, big",cheap,1' },
      { row: 3, line: 4, outcome: 'created', values: { stock: null } },
    ]);
    expect(result[1]?.errors).toMatchObject([{ column: 'price', value: 'cheap' }]);
    const limited = await runJson<Row[]>('inspect-staged-rows', '--job-id', job.id, '--limit', '1');
    expect(limited.result).toHaveLength(1);
    const { stdout } = await run('inspect-staged-rows', '--job-id', job.id);
    expect(stdout).toMatch(/^row +line +outcome +key +sku +name/);
    expect(stdout).toMatch(/^ +2 +3 +rejected .*Pot, big .*price: \w+ \(cheap\)$/m);
  });

  test('inspect:outcomes: shows the sum and what became of each row', async () => {
    const { code, result } = await runJson<{ counts: Job['counts']; rows: Row[] }>(
      'inspect-outcomes',
      ...['--job-id', job.id, '--outcome', 'rejected'],
    );
    expect(code).toBe(0);
    expect(result.counts).toMatchObject({ total: 3, created: 2, rejected: 1, pending: 0 });
    expect(result.rows).toMatchObject([{ row: 2, line: 3, outcome: 'rejected' }]);
    const { stdout } = await run('inspect-outcomes', '--job-id', job.id);
    expect(stdout).toMatch(/3 rows = created 2 \+ .*rejected 1/);
  });

  test('refuses numbers and words that make no sense, and says when there is no such job', async () => {
    expect(await run('inspect-jobs', '--limit', '0')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('inspect-jobs', '--status', 'busy')).toMatchObject({ code: 2, stdout: '' });
    expect(await run('inspect-outcomes')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^--job-id is missing\n/),
    });
    const unknown = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';
    expect(await run('inspect-staged-rows', '--job-id', unknown, '--json')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/404/),
    });
  });
});

describe('SQL migrations', () => {
  test('db:info lists the migrations, and never shows the password', async () => {
    const { code, result } = await runJson<{ database: string; migrations: { state: string }[] }>('db-info');
    expect(code).toBe(0);
    expect(new Set(result.migrations.map(({ state }) => state))).toEqual(new Set(['applied']));
    const { password } = new URL(stack.databaseUrl);
    expect(result.database).toContain('***@');
    expect(JSON.stringify(result)).not.toContain(password);
    expect((await run('db-shell', '--json')).stdout).not.toContain(password);
  });

  test('db:validate says that schema file, migrations and database agree', async () => {
    expect(await runJson('db-validate')).toMatchObject({ code: 0, result: { valid: true, problems: [] } });
    expect(await run('db-validate')).toMatchObject({ code: 0, stdout: 'valid\n' });
  });

  test('db:migrate has nothing to do on a stack that runs', async () => {
    expect(await runJson('db-migrate')).toMatchObject({ code: 0, result: { applied: [] } });
  });
});

describe('replay', () => {
  test('tells a history that this code replays from one that it does not', async () => {
    const file = await writeCsv('replayed.csv', 'sku,name,price', 'PLAY-1,Cup,3');
    const { result: job } = await runJson<Job>('import-post', file, '--kind', 'products', '--wait');
    const temporal = createTemporalClient({
      TEMPORAL_ADDRESS: stack.temporalAddress,
      TEMPORAL_NAMESPACE: stack.temporalNamespace,
    });
    const handle = temporal.workflow.getHandle(job.workflow.id);
    // The job shows its end a moment before its workflow has ended.
    await handle.result();
    const history = historyToJSON(await handle.fetchHistory());
    await temporal.connection.close();
    const recorded = path.join(folder, 'recorded.json');
    await writeFile(recorded, history);
    const tampered = path.join(folder, 'tampered.json');
    expect(history).toContain('"resolveDuplicates"');
    await writeFile(tampered, history.replaceAll('"resolveDuplicates"', '"resolveNothing"'));

    const clean = await call('replay', recorded);
    expect(clean).toMatchObject({ code: 0, stdout: expect.stringMatching(/\d+ events\): replays clean\n$/) });

    const both = await call('replay', recorded, tampered, '--json');
    expect(both.code).toBe(1);
    expect(JSON.parse(both.stdout)).toMatchObject([
      { file: recorded, clean: true, error: null },
      { file: tampered, clean: false, error: expect.stringMatching(/nondeterminism/i) },
    ]);
  });

  test('says when a file is no history', async () => {
    const file = path.join(folder, 'no-history.json');
    await writeFile(file, '{"events": [');
    expect(await call('replay', file, '--json')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /no-history\.json is no history as `temporal workflow show -o json` prints it/,
      ),
    });
    expect(await call('replay')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('logs', () => {
  test('prints the last lines of the logs that were asked for', async () => {
    const { code, stdout } = await run('logs', 'api', 'apply', '--lines', '2', '--no-follow');
    expect(code).toBe(0);
    expect(
      new Set(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => line.slice(0, 10).trimEnd()),
      ),
    ).toEqual(new Set(['api', 'apply']));
    expect(await run('logs', 'cellar', '--no-follow')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^there is no log cellar; there are api, apply, /),
    });
  });
});

describe('practising', () => {
  test('a job needs attention until the fault is taken away and it is recovered, as the README says', async () => {
    const { code, result } = await runJson<Job>('practise');
    expect({ code, status: result.status }).toEqual({ code: 0, status: 'needs_attention' });
    const ref = ['--job-id', result.id];
    const { stdout } = await run('inspect-recovery', ...ref);
    expect(stdout).toContain('data_refused');
    expect((await run('practise', '--heal')).code).toBe(0);
    expect((await run('recover-job', ...ref, '--reason', 'the constraint is gone')).code).toBe(0);
    await until(async () => (await runJson<Job>('inspect-jobs', ...ref)).result.status === 'completed');
    const { result: job } = await runJson<Job>('inspect-jobs', ...ref);
    expect(job.counts).toMatchObject({ total: 1, created: 1, failed: 0 });
  });
});

describe('a second start on the same data folder', () => {
  test('is refused, and says where the stack is', async () => {
    expect(await run('start')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining(`a stack already runs on ${dataDir}`),
    });
  });

  test('uses the stack that runs when it is only for one file, and leaves it running', async () => {
    const file = await writeCsv('once.csv', 'sku,name,price', 'ONCE-1,Cup,3');
    const { code, result } = await runJson<Job>('start', '--once', file, '--kind', 'products');
    expect({ code, status: result.status }).toEqual({ code: 0, status: 'completed' });
    expect((await runJson<Job>('inspect-jobs', '--job-id', result.id)).result.status).toBe('completed');
  });
});

describe('without a stack', () => {
  test('says how to start one, and makes nothing', async () => {
    const nowhere = path.join(folder, 'nowhere');
    const script = await call('inspect-jobs', '--data-dir', nowhere);
    expect(script).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `no stack runs on ${nowhere}: start one with \`npm start\`, or say where the API is with --url\n`,
    });
    expect(await readdir(folder)).not.toContain('nowhere');
  });

  test('never sends a token of the local secret to another machine', async () => {
    expect(await run('inspect-jobs', '--url', 'http://longshore.example')).toMatchObject({
      code: 1,
      stderr: 'a token for http://longshore.example is needed: set LONGSHORE_TOKEN\n',
    });
  });
});
