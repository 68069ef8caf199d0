import { parse } from 'csv-parse/sync';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { readStackNote, type StackNote } from '../../scripts/lib/local-stack.ts';
import { isRunning } from '../../scripts/stack/processes.ts';
import { csv } from '../support/csv.ts';
import { type Ended, processesWith, ROOT, runNode, startNode } from '../support/run-node.ts';
import { until } from '../support/until.ts';

let folder: string;
/** Stands in the environment of everything that a start of this file starts. */
let mark: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-start-'));
  mark = path.basename(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Start extends Ended {
  /** What the stack had written down about itself while it ran; undefined where there was none. */
  note: StackNote | undefined;
}

/** Runs `npm start` with these arguments to its end. */
async function start(dataDir: string, ...args: string[]): Promise<Start> {
  const child = startNode(['scripts/start.ts', '--data-dir', dataDir, ...args], {
    env: { LONGSHORE_TEST_MARK: mark },
  });
  let ended: Ended | undefined;
  void child.ended.then((result) => {
    ended = result;
  });
  let note: StackNote | undefined;
  await until(async () => {
    const now = await readStackNote(dataDir);
    if (now !== undefined) note = now;
    return ended !== undefined;
  });
  return { ...(await child.ended), note };
}

/** Nothing of a stack is left: neither its processes nor the note by which others would look for it. */
async function expectNothingLeft(dataDir: string, note: StackNote | undefined): Promise<void> {
  expect(existsSync(path.join(dataDir, 'stack.json'))).toBe(false);
  expect(note?.processes.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'API',
      'workflow worker',
      'parse worker',
      'apply worker',
      'orders worker',
      'webhooks worker',
      'Temporal',
      'PostgreSQL',
    ]),
  );
  expect(note?.processes.filter(isRunning)).toEqual([]);
  if (process.platform !== 'linux') return;
  // The helpers that wait for our death notice the end a moment after us.
  await until(async () => (await processesWith(mark)).size === 0);
}

async function writeCsv(name: string, ...lines: string[]): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, csv(...lines));
  return file;
}

describe('npm start -- --once', () => {
  const data = (): string => path.join(folder, 'data');

  test('imports a file on an empty machine, prints its job and nothing else, and leaves nothing running', async () => {
    const { code, stdout, stderr, note } = await start(
      data(),
      ...['--once', 'samples/products.csv', '--kind', 'products', '--json'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Temporal ready') });
    const job = JSON.parse(stdout) as Job;
    expect(job).toMatchObject({ kind: 'products', status: 'completed', percent: 100, failure: null });
    const { total, ...outcomes } = job.counts;
    // Counted by another reader than ours.
    const sample: unknown[] = parse(await readFile(path.join(ROOT, 'samples', 'products.csv')));
    expect(total).toBe(sample.length - 1);
    expect(Object.values(outcomes).reduce((sum, count) => sum + count)).toBe(total);
    expect(job.counts).toMatchObject({ updated: 0, unchanged: 0, failed: 0, pending: 0 });
    expect(job.counts.created).toBeGreaterThan(0);
    await expectNothingLeft(data(), note);
  });

  test('finds every row unchanged when the same file comes again', async () => {
    const { code, stdout, note } = await start(
      data(),
      ...['--once', 'samples/products.csv', '--kind', 'products', '--json'],
    );
    expect(code).toBe(0);
    const { status, counts } = JSON.parse(stdout) as Job;
    expect({ status, created: counts.created, updated: counts.updated }).toEqual({
      status: 'completed',
      created: 0,
      updated: 0,
    });
    const { unchanged = 0, duplicate = 0, rejected = 0 } = counts;
    expect(unchanged + duplicate + rejected).toBe(counts.total);
    expect(unchanged).toBeGreaterThan(0);
    await expectNothingLeft(data(), note);
  });

  test('exits with 1, and prints the job with its failure, when the file can not be read', async () => {
    const file = await writeCsv(
      'broken.csv',
      'name,email,company',
      'Bo,bo@example.com,"Works, Ltd"',
      'Ada,ada@example.com,"Engines',
      '',
    );
    const { code, stdout, note } = await start(data(), '--once', file, '--kind', 'customers', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'failed',
      failure: { code: 'malformed_csv', message: expect.stringMatching(/line 3/) },
      counts: { created: 0, updated: 0 },
    });
    await expectNothingLeft(data(), note);
  });

  test('stops in order when it is told to while it starts, with the exit code of an interrupt', async () => {
    const args = ['--once', 'samples/products.csv', '--kind', 'products', '--data-dir', data(), '--json'];
    const child = startNode(['scripts/start.ts', ...args], { env: { LONGSHORE_TEST_MARK: mark } });
    await until(() => child.output.stderr.includes('PostgreSQL ready'));
    child.process.kill('SIGINT');
    expect(await child.ended).toMatchObject({
      code: 130,
      stdout: '',
      stderr: expect.stringMatching(/interrupted\n$/),
    });
    expect(existsSync(path.join(data(), 'stack.json'))).toBe(false);
    if (process.platform === 'linux') await until(async () => (await processesWith(mark)).size === 0);
  });
});

describe('npm start refuses at once, without starting anything', () => {
  let untouched: string;
  let attempt = 0;
  beforeEach(() => {
    attempt += 1;
    untouched = path.join(folder, `untouched-${String(attempt)}`);
  });

  test.each([
    [
      'a file that is not there',
      1,
      ['--once', 'no-such.csv', '--kind', 'products'],
      /^no-such\.csv can't be read: there is no such file\n$/,
    ],
    [
      'a folder',
      1,
      ['--once', 'samples', '--kind', 'products'],
      /^samples can't be read: it is not a file\n$/,
    ],
    [
      'an unknown kind',
      2,
      ['--once', 'samples/products.csv', '--kind', 'unicorns'],
      /^--kind must be one of .*, not "unicorns"\n\nusage: /,
    ],
    ['a file without a kind', 2, ['--once', 'samples/products.csv'], /^--once needs --kind\n\nusage: /],
    ['a kind without a file', 2, ['--kind', 'products'], /^--kind and --json go with --once\n\nusage: /],
    ['an unknown flag', 2, ['--twice', 'samples/products.csv'], /^Unknown option '--twice'\n\nusage: /],
    [
      'an argument too many',
      2,
      ['samples/products.csv'],
      /^one argument too many: samples\/products\.csv\n\nusage: /,
    ],
    [
      'production without its servers',
      1,
      ['--prod'],
      /^--prod needs DATABASE_URL and TEMPORAL_ADDRESS to be set\n$/,
    ],
  ])('%s', async (_what, code, args, reason) => {
    const refused = await runNode(['scripts/start.ts', '--data-dir', untouched, ...args]);
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(reason) });
    expect(existsSync(untouched)).toBe(false);
  });
});
