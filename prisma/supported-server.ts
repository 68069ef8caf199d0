import pg from 'pg';

/** `RETURNING old, new` and `uuidv7()` came with this one. */
const OLDEST_MAJOR = 18;

/** The database server is one that the statements here can't run on. */
export class UnsupportedServerError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'UnsupportedServerError';
  }
}

/**
 * Refuses a database server that is too old, or that does not keep text as UTF-8.
 *
 * @throws {UnsupportedServerError} that names what was found
 * @throws {Error} that names the address, when it can't be reached
 */
export async function assertSupportedServer(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { hostname, port, pathname } = new URL(databaseUrl);
    throw new Error(
      `the database ${hostname}:${port || '5432'}${pathname} can't be reached: ${(error as Error).message}`,
      { cause: error },
    );
  }
  try {
    const { rows } = await client.query<{
      version: string;
      number: number;
      encoding: string;
      database: string;
    }>(
      `SELECT current_setting('server_version') AS version,
              current_setting('server_version_num')::int AS number,
              current_setting('server_encoding') AS encoding,
              current_database() AS database`,
    );
    const [server] = rows;
    if (server === undefined)
      throw new UnsupportedServerError('the database server does not tell its version');
    const problems: string[] = [];
    if (Math.floor(server.number / 10_000) < OLDEST_MAJOR) {
      problems.push(`it is PostgreSQL ${server.version}, ${String(OLDEST_MAJOR)} or newer is needed`);
    }
    if (server.encoding !== 'UTF8') {
      problems.push(`the encoding of database "${server.database}" is ${server.encoding}, UTF8 is needed`);
    }
    if (problems.length > 0)
      throw new UnsupportedServerError(`DATABASE_URL can't be used: ${problems.join('; ')}`);
  } finally {
    await client.end();
  }
}
