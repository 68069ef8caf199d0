// Runs one of the scripts on the Node that the project brings, after seeing to it that everything is installed:
//   node scripts/run.mjs scripts/start.ts [arguments]
//   node scripts/run.mjs --generate              only generates the database client, anew
//   node scripts/run.mjs --web                   only builds the web app, anew
// Plain JavaScript without dependencies, because it runs on the user's own Node before anything is there.
// All progress goes to standard error: standard output belongs to the script.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { takeLock } from './lib/lock.mjs';

const OLDEST_NODE = 20;
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const inRoot = (...parts) => path.join(root, ...parts);

const installStamp = inRoot('node_modules', '.longshore-install');
const npmNote = inRoot('node_modules', '.package-lock.json');
const generated = inRoot('prisma', 'generated');
const webBuild = inRoot('web', 'dist');
const webStamp = path.join(webBuild, '.stamp');
/** What the web app is made of: itself, and what the document of the API is made of. */
const WEB_SOURCES = [
  'web/src',
  'web/public',
  'web/index.html',
  'scripts/build-web.ts',
  'api',
  'contracts',
  'domain',
];
/** The scripts that show the web app or look at it; the others need not wait for it. */
const NEED_WEB = ['scripts/start.ts', 'scripts/verify.ts', 'scripts/run-tests.ts', 'scripts/screenshots.ts'];
const generateStamp = path.join(generated, '.stamp');
/** Node 24: runs TypeScript as it is. */
const projectNode = inRoot('node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

/**
 * Prisma's command line looks for an engine to download, which nothing here needs: the migration engine comes as
 * WebAssembly. Any file that exists ends the search.
 */
const toolEnv = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

/** The tool that is running, to be ended when this process is told to end. */
let tool;
/** The lock under which it runs. */
let lock;
let stopping = false;

try {
  await main();
} catch (error) {
  fail(error.message);
}

async function main() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    fail(`this needs Node ${OLDEST_NODE} or newer; ${process.execPath} is ${process.version}`);
  }
  const [script, ...args] = process.argv.slice(2);
  if (script === undefined) fail('usage: node scripts/run.mjs SCRIPT.ts [arguments]');
  if (script === '--generate') {
    await rm(generateStamp, { force: true });
    return prepare();
  }
  if (script === '--web') {
    await rm(webStamp, { force: true });
    return prepare(true);
  }
  const scriptFile = path.resolve(script);
  if (!existsSync(scriptFile)) fail(`there is no script ${script}`);

  await prepare(NEED_WEB.some((file) => inRoot(file) === scriptFile));
  await run(projectNode, [scriptFile, ...args]);
}

/** Installs, generates and builds what is missing or out of date; quiet when nothing is. */
async function prepare(needsWeb = false) {
  const isReady = async () =>
    (await isInstalled()) && (await isGenerated()) && (!needsWeb || (await isWebBuilt()));
  if (await isReady()) return;
  lock = await takeLock(inRoot('.longshore', 'install.lock'), (owner) =>
    say(`another process (${owner}) is installing; waiting for it ...`),
  );
  const stop = async (signal) => {
    stopping = true;
    tool?.kill(signal);
    await lock.release();
    process.exit(128 + os.constants.signals[signal]);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGHUP', stop);
  try {
    // Another process may have done it while this one waited.
    if (lock.tookOver || !(await isInstalled())) {
      // What npm itself installed completely needs no second installation.
      if (lock.tookOver || !(await isInstalledByNpm())) await install();
      await writeFile(installStamp, await lockfileHash());
    }
    if (!(await isGenerated())) {
      await generate();
      await writeFile(generateStamp, await schemaHash());
    }
    if (needsWeb && !(await isWebBuilt())) {
      const sources = await webHash();
      await buildWeb();
      await writeFile(webStamp, sources);
    }
  } finally {
    await lock.release();
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', stop);
  }
}

async function isInstalled() {
  return existsSync(projectNode) && (await readText(installStamp)) === (await lockfileHash());
}

/** Whether npm's own note of what is in node_modules agrees with the lockfile. npm writes it when it has finished. */
async function isInstalledByNpm() {
  const wanted = parsed(await readText(inRoot('package-lock.json')))?.packages;
  const present = parsed(await readText(npmNote))?.packages;
  if (!wanted || !present || !existsSync(projectNode)) return false;
  for (const [place, { version, optional }] of Object.entries(wanted)) {
    if (place === '' || (optional && !present[place])) continue;
    if (present[place]?.version !== version) return false;
  }
  return true;
}

async function isGenerated() {
  if (!existsSync(inRoot('prisma', 'schema.prisma'))) return true;
  return (
    existsSync(path.join(generated, 'client.ts')) && (await readText(generateStamp)) === (await schemaHash())
  );
}

async function lockfileHash() {
  return hash(process.platform, process.arch, (await readText(inRoot('package-lock.json'))) ?? '');
}

async function schemaHash() {
  const prisma = parsed(await readText(inRoot('node_modules', 'prisma', 'package.json')))?.version;
  return hash(String(prisma), (await readText(inRoot('prisma', 'schema.prisma'))) ?? '');
}

async function isWebBuilt() {
  if (!existsSync(inRoot('web', 'index.html'))) return true;
  return existsSync(path.join(webBuild, 'index.html')) && (await readText(webStamp)) === (await webHash());
}

/** By what is in the files, not by their times: a checkout gives all of them a new one. */
async function webHash() {
  const files = [];
  for (const source of WEB_SOURCES) {
    if (!(await isFolder(inRoot(source)))) files.push(source);
    else
      for (const file of await readdir(inRoot(source), { recursive: true }))
        files.push(path.join(source, file));
  }
  const texts = files.sort().map(async (file) => `${file}\0${(await readText(inRoot(file))) ?? ''}`);
  return hash(await lockfileHash(), ...(await Promise.all(texts)));
}

async function isFolder(place) {
  return readdir(place).then(
    () => true,
    () => false,
  );
}

async function install() {
  const first = !existsSync(inRoot('node_modules'));
  // Should this be cut short, nothing must look as if it were complete.
  await rm(installStamp, { force: true });
  await rm(npmNote, { force: true });
  const reason = first ? 'first run, about a minute' : 'package-lock.json is not what is installed';
  // Development packages too, whatever NODE_ENV says: the scripts themselves need them.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npmScript = process.env.npm_execpath;
  const ownNpm = npmScript !== undefined && /^npm(-cli)?\.(c|m)?js$/.test(path.basename(npmScript));
  await step(`installing npm packages (${reason})`, 'npm ci', () =>
    ownNpm
      ? capture(process.execPath, [npmScript, ...args])
      : capture(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, process.platform === 'win32'),
  );
  if (!existsSync(projectNode)) {
    fail(
      'npm did not install the Node that this project brings (package "node").\n' +
        'Its install script has probably been switched off: try `npm config set ignore-scripts false`.',
    );
  }
}

async function generate() {
  await step(
    'generating the database client (prisma/schema.prisma is new or changed)',
    'prisma generate',
    () =>
      capture(projectNode, [inRoot('node_modules', 'prisma', 'build', 'index.js'), 'generate', '--no-hints']),
  );
}

async function buildWeb() {
  await step('building the web app (a source is new or changed)', 'npm run build:web', () =>
    capture(projectNode, [inRoot('scripts', 'build-web.ts')]),
  );
}

/** Shows what is going on while it goes on; on failure shows what the tool said, and ends. */
async function step(title, command, work) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
  const live = process.stderr.isTTY;
  say(`${title} ...`, live ? '' : '\n');
  const timer = setInterval(
    () =>
      live
        ? process.stderr.write(`\r\u001b[Klongshore: ${title} ... ${seconds()}`)
        : say(`  ... ${seconds()}`),
    live ? 1_000 : 15_000,
  );
  const { code, output } = await work();
  clearInterval(timer);
  if (live) process.stderr.write('\r\u001b[K');
  if (code === 0) return say(`${title}: done (${seconds()})`);
  // It was this process that ended it, which is about to end too.
  if (stopping) await new Promise(() => undefined);
  process.stderr.write(`${endsOf(output)}\n`);
  // Not process.exit: the lock has to be released first.
  throw new Error(`\`${command}\` failed; what it said stands above`);
}

/** npm says what is wrong first, and goes on at length about how it is called. */
function endsOf(output) {
  const lines = output.trimEnd().split('\n');
  return (lines.length <= 50 ? lines : [...lines.slice(0, 35), '...', ...lines.slice(-15)]).join('\n');
}

function capture(command, args, shell = false) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: toolEnv, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    tool = child;
    if (child.pid !== undefined) lock.workedBy(child.pid).catch(() => undefined);
    let output = '';
    const keep = (chunk) => (output = (output + chunk).slice(-100_000));
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 1, output: `${output}\n${command}: ${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs the script in place of this process, as far as Node can: same input and output, same end.
 * Signals are passed on. A terminal sends Ctrl-C to both, so the script may see it twice within moments.
 */
function run(command, args) {
  const child = spawn(command, args, { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  // npm runs this through a shell, which dies of a SIGTERM to npm without passing it on: then this process has a new parent.
  const parent = process.ppid;
  const orphaned = () => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  };
  const watch = setInterval(orphaned, 500).unref();
  if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`${command}: ${error.message}`));
    child.on('close', (code, signal) => {
      for (const name of signals) process.removeAllListeners(name);
      if (signal === null) process.exitCode = code ?? 1;
      else if (process.platform === 'win32') process.exitCode = 1;
      else {
        // Die of the same signal, so that whoever waits sees the same end. SIGKILL and the like can't be caught anyway.
        process.kill(process.pid, signal);
        setTimeout(() => process.exit(128 + (os.constants.signals[signal] ?? 0)), 1_000);
      }
      resolve();
    });
  });
}

function hash(...parts) {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

async function readText(file) {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function say(text, end = '\n') {
  process.stderr.write(`longshore: ${text}${end}`);
}

function fail(text) {
  process.stderr.write(`longshore: ${text}\n`);
  process.exit(1);
}
