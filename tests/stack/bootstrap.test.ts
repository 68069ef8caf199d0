import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isRunning, noteOf } from '../../scripts/stack/processes.ts';
import { type Ended, type NodeChild, ROOT, runNode, startNode } from '../support/run-node.ts';
import { until } from '../support/until.ts';

/** A checkout of its own with the real bootstrap, an npm that only pretends, and scripts of the test. */
let checkout: string;

beforeEach(async () => {
  checkout = await mkdtemp(path.join(tmpdir(), 'longshore-test-bootstrap-'));
  await mkdir(path.join(checkout, 'scripts', 'lib'), { recursive: true });
  for (const file of ['scripts/run.mjs', 'scripts/lib/lock.mjs'])
    await cp(path.join(ROOT, file), path.join(checkout, file));
  await write('package.json', '{ "type": "module" }');
  await write('package-lock.json', '{ "packages": {} }');
  // As `npm ci` would: brings the project's Node, and says things that are nobody's business.
  await write(
    'npm-cli.js',
    `import { appendFileSync, mkdirSync, symlinkSync, rmSync } from 'node:fs';
     appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
     console.log('npm talks');
     if (process.env.NPM_FAILS === 'true') { console.error('npm ERR! the registry is away'); process.exit(1); }
     rmSync('node_modules', { recursive: true, force: true });
     mkdirSync('node_modules/node/bin', { recursive: true });
     symlinkSync(process.execPath, 'node_modules/node/bin/node');`,
  );
});
afterEach(() => rm(checkout, { recursive: true, force: true }));

function write(file: string, text: string): Promise<void> {
  return writeFile(path.join(checkout, file), text);
}

function start(
  script: string,
  args: string[] = [],
  options: { env?: NodeJS.ProcessEnv; input?: string } = {},
): NodeChild {
  const env = { npm_execpath: path.join(checkout, 'npm-cli.js'), ...options.env };
  return startNode(['scripts/run.mjs', script, ...args], { ...options, cwd: checkout, env });
}

function run(...args: Parameters<typeof start>): Promise<Ended> {
  return start(...args).ended;
}

async function npmCalls(): Promise<number> {
  return (await readFile(path.join(checkout, 'npm-calls'), 'utf8')).trimEnd().split('\n').length;
}

/** Says its process id, and then stays until something ends it; should that fail, not for ever. */
const STAYS = `console.log(process.pid); setTimeout(() => process.exit(99), 60_000);`;

/** Waits until a script has said its process id. */
async function pidFrom(child: NodeChild): Promise<number> {
  await until(() => /^\d+\n/.test(child.output.stdout));
  return Number(child.output.stdout.trim());
}

describe('a script that the bootstrap runs', () => {
  // Everything is installed before: what is looked at here begins after that.
  beforeEach(async () => {
    await write('scripts/nothing.ts', '');
    await run('scripts/nothing.ts');
  });

  test('gets its arguments and its input as they were given, and has standard output for itself', async () => {
    await write(
      'scripts/echo.ts',
      `let input: string = '';
       for await (const chunk of process.stdin) input += chunk;
       console.log(JSON.stringify({ args: process.argv.slice(2), input }));`,
    );
    const args = ['two words', '--flag', '', '--', '$HOME', '*'];
    const { code, stdout, stderr } = await run('scripts/echo.ts', args, { input: 'some\ninput' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ args, input: 'some\ninput' });
  });

  test.each([0, 1, 2, 130])('decides the exit code: %i', async (code) => {
    await write('scripts/exit.ts', 'process.exit(Number(process.argv[2]));');
    expect(await run('scripts/exit.ts', [String(code)])).toMatchObject({ code, signal: null, stderr: '' });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'is told of a %s, and may end in its own way',
    async (signal) => {
      await write('scripts/stays.ts', `process.on('${signal}', () => process.exit(7)); ${STAYS}`);
      const child = start('scripts/stays.ts');
      const pid = await pidFrom(child);
      child.process.kill(signal);
      expect(await child.ended).toMatchObject({ code: 7, signal: null });
      expect(isRunning(noteOf('script', pid))).toBe(false);
    },
  );

  test.each(['SIGTERM', 'SIGKILL'] as const)('that dies of a %s shows as just that', async (signal) => {
    await write('scripts/stays.ts', STAYS);
    const child = start('scripts/stays.ts');
    process.kill(await pidFrom(child), signal);
    expect(await child.ended).toMatchObject({ code: null, signal });
  });

  test('is ended when the shell between npm and the bootstrap has died', async () => {
    await write('scripts/stays.ts', STAYS);
    // Stands for npm's shell, which does not pass signals on.
    const shell = startNode(
      [
        '--eval',
        `const { spawn } = require('node:child_process');
         spawn(process.execPath, ['scripts/run.mjs', 'scripts/stays.ts'], { stdio: 'inherit' });
         setTimeout(() => undefined, 60_000);`,
      ],
      { cwd: checkout, env: { npm_lifecycle_event: 'start' } },
    );
    const script = noteOf('script', await pidFrom(shell));
    expect(isRunning(script)).toBe(true);
    shell.process.kill('SIGKILL');
    await until(() => !isRunning(script));
  });

  test('is named when there is none', async () => {
    expect(await run('scripts/gone.ts')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'longshore: there is no script scripts/gone.ts\n',
    });
  });
});

describe('the bootstrap', () => {
  beforeEach(() => write('scripts/hello.ts', `console.log('hello');`));

  test('installs what is missing, tells so on standard error, and is silent from then on', async () => {
    const first = await run('scripts/hello.ts');
    expect(first).toMatchObject({ code: 0, stdout: 'hello\n' });
    expect(first.stderr).toMatch(/^longshore: installing npm packages \(first run/);
    expect(first.stderr).toMatch(/\nlongshore: installing npm packages .*: done \(\d+ s\)\n$/);
    expect(await run('scripts/hello.ts')).toMatchObject({ code: 0, stdout: 'hello\n', stderr: '' });
    expect(await npmCalls()).toBe(1);
  });

  test('installs again when the lockfile has changed', async () => {
    await run('scripts/hello.ts');
    await write('package-lock.json', '{ "packages": { "node_modules/new": { "version": "1.0.0" } } }');
    const { code, stderr } = await run('scripts/hello.ts');
    expect(code).toBe(0);
    expect(stderr).toContain('package-lock.json is not what is installed');
    expect(await npmCalls()).toBe(2);
  });

  test('takes what npm itself has installed', async () => {
    await mkdir(path.join(checkout, 'node_modules', 'node', 'bin'), { recursive: true });
    await symlink(process.execPath, path.join(checkout, 'node_modules', 'node', 'bin', 'node'));
    await write('node_modules/.package-lock.json', '{ "packages": {} }');
    expect(await run('scripts/hello.ts')).toMatchObject({ code: 0, stdout: 'hello\n', stderr: '' });
  });

  test('installs once when several scripts start at the same time', async () => {
    const ended = await Promise.all(Array.from({ length: 3 }, () => run('scripts/hello.ts')));
    expect(ended.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      ended.map(() => ({ code: 0, stdout: 'hello\n' })),
    );
    expect(await npmCalls()).toBe(1);
  });

  test('shows what npm said when it fails, does not run the script, and tries again the next time', async () => {
    const { code, stdout, stderr } = await run('scripts/hello.ts', [], { env: { NPM_FAILS: 'true' } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('npm ERR! the registry is away');
    expect(stderr).toMatch(/\nlongshore: `npm ci` failed; what it said stands above\n$/);
    expect(await run('scripts/hello.ts')).toMatchObject({ code: 0, stdout: 'hello\n' });
  });

  test('refuses a Node that is too old, and names it', async () => {
    // A module that is loaded before all others poses as another version.
    const pose = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });
      Object.defineProperty(process, 'version', { value: 'v18.20.8' });`;
    const old = await runNode(
      ['--import', `data:text/javascript,${encodeURIComponent(pose)}`, 'scripts/run.mjs', 'scripts/hello.ts'],
      { cwd: checkout },
    );
    expect(old).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^longshore: this needs Node 20 or newer; .* is v18\.20\.8\n$/),
    });
  });
});
