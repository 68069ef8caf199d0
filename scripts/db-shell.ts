import { spawn } from 'node:child_process';
import { DATA_DIR_FLAG, JSON_FLAG, printJson, runScript } from './lib/cli.ts';
import { shownUrl, withDatabase } from './lib/local-database.ts';
import { dataDirOf } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run db --',
    summary:
      'Opens psql on the database of the local stack, or on DATABASE_URL. Further arguments go to psql, after a second --.',
    positionals: { usage: '[-- PSQL ARGUMENTS]', min: 0, max: 100 },
    flags: {
      'data-dir': DATA_DIR_FLAG,
      json: { ...JSON_FLAG, help: 'only print where the database is, as JSON, without the password' },
    },
    examples: ['npm run db', "npm run db -- -- -c 'select count(*) from products'"],
  },
  async (flags, psqlArguments) => {
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      if (flags.json === true) {
        printJson({ database: shownUrl(url) });
        return;
      }
      process.exitCode = await psql(url, psqlArguments);
    });
  },
);

function psql(databaseUrl: string, args: string[]): Promise<number> {
  const { username, password, hostname, port, pathname, searchParams } = new URL(databaseUrl);
  const sslmode = searchParams.get('sslmode');
  return new Promise((resolve, reject) => {
    const child = spawn('psql', args, {
      stdio: 'inherit',
      // Not on the command line, where every user of the machine could read the password.
      env: {
        ...process.env,
        PGHOST: hostname.replaceAll(/[[\]]/g, ''),
        PGPORT: port || '5432',
        PGUSER: decodeURIComponent(username),
        PGPASSWORD: decodeURIComponent(password),
        PGDATABASE: decodeURIComponent(pathname.slice(1)),
        ...(sslmode === null ? {} : { PGSSLMODE: sslmode }),
      },
    });
    // Ctrl-C in psql ends a statement, not psql.
    process.on('SIGINT', () => undefined);
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') {
        reject(error);
        return;
      }
      reject(
        new Error(
          'psql is not installed. Install it (Debian: postgresql-client, Homebrew: libpq), or use any other client: ' +
            'the connection string, with the password, stands in stack.json in the data folder while the stack runs',
        ),
      );
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
