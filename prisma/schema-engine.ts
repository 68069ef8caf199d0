import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type * as Engine from '@prisma/schema-engine-wasm';
import pg from 'pg';

// Prisma's migration engine as WebAssembly, on our own connections: no program to download, and the same table of applied
// migrations as the `prisma migrate` command keeps.

type Exports = Record<string, unknown>;
type Bindings = typeof Engine & { __wbg_set_wasm(exports: Exports): void };

/** The types of Node have no word for it. */
declare const WebAssembly: {
  instantiate(
    bytes: Uint8Array,
    imports: Record<string, Record<string, unknown>>,
  ): Promise<{ instance: { exports: Exports } }>;
};

let loaded: Promise<Bindings> | undefined;

/**
 * Lends the migration engine, and closes its connections afterwards.
 *
 * @param schema path and content of the schema file
 * @throws {Error} of the engine; its cause is PostgreSQL's own error when a script was refused
 */
export async function withSchemaEngine<T>(
  databaseUrl: string,
  schema: { path: string; content: string },
  work: (engine: Engine.SchemaEngine) => Promise<T>,
): Promise<T> {
  loaded ??= load();
  const { SchemaEngine } = await loaded;
  const connections = new Connections(databaseUrl);
  try {
    const engine = await SchemaEngine.new(
      { datamodels: [[schema.path, schema.content]] },
      () => undefined,
      bindMigrationAwareSqlAdapterFactory(connections),
    );
    return await work(engine);
  } catch (error) {
    // The engine keeps a part only of what PostgreSQL said about a script.
    if (connections.refusal === undefined) throw error;
    throw new Error((error as Error).message, { cause: connections.refusal });
  } finally {
    await connections.close();
  }
}

async function load(): Promise<Bindings> {
  // Where the engine leaves its last words when it breaks down. Without such a place they would be lost.
  const registry = globalThis as { PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void } };
  registry.PRISMA_WASM_PANIC_REGISTRY ??= {
    set_message(message) {
      throw new Error(`the migration engine broke down: ${message}`);
    },
  };
  const script = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  // The bindings keep their engine in a variable of the module: each engine gets a module of its own, or two at once would
  // read each other's memory.
  const url = pathToFileURL(script);
  url.search = randomUUID();
  const bindings = (await import(url.href)) as Bindings;
  const bytes = await readFile(path.join(path.dirname(script), 'schema_engine_bg.wasm'));
  // The engine never takes back the timers of its time-outs; they must not keep the process alive when the work is done.
  const imports = Object.entries(bindings).map(([name, value]): [string, unknown] => [
    name,
    name.startsWith('__wbg_setTimeout') ? unreferencedTimeout : value,
  ]);
  const { instance } = await WebAssembly.instantiate(bytes, {
    './schema_engine_bg.js': Object.fromEntries(imports),
  });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  return bindings;
}

function unreferencedTimeout(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return setTimeout(callback, milliseconds >>> 0).unref();
}

/** Opens the engine's connections, and knows them all, so that none keeps the process alive. */
class Connections implements SqlMigrationAwareDriverAdapterFactory {
  readonly provider = 'postgres';
  readonly adapterName = 'longshore';
  /** PostgreSQL's error about the last script that it refused. */
  refusal: pg.DatabaseError | undefined;
  readonly #databaseUrl: string;
  readonly #open: SqlDriverAdapter[] = [];

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
  }

  async connect(): Promise<SqlDriverAdapter> {
    return this.#connectTo(this.#databaseUrl, () => Promise.resolve());
  }

  /** An empty database on the same server, in which the engine plays the migrations through. It goes with its connection. */
  async connectToShadowDb(): Promise<SqlDriverAdapter> {
    // Not left to PrismaPg: given a connection string, it would hand out the real database as the shadow.
    const url = new URL(this.#databaseUrl);
    const name = `longshore_shadow_${randomUUID().replaceAll('-', '')}`;
    url.pathname = `/${name}`;
    const main = await this.connect();
    await main.executeScript(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
    return this.#connectTo(url.href, () => main.executeScript(`DROP DATABASE ${name} WITH (FORCE)`));
  }

  async close(): Promise<void> {
    // The last one first: a shadow is dropped through a connection that was there before it.
    for (const adapter of this.#open.reverse()) await adapter.dispose();
  }

  async #connectTo(connectionString: string, afterwards: () => Promise<void>): Promise<SqlDriverAdapter> {
    let script: string | undefined;
    const adapter = await connectForEngine(connectionString, (sql, error) => {
      if (sql === script) this.refusal = error;
    });
    // The adapter cuts a script at each semicolon, inside strings, comments and functions too, and runs the pieces one by
    // one. Sent as a whole, PostgreSQL does the cutting, and the script is one transaction, unless it says otherwise.
    adapter.executeScript = async (sql) => {
      script = sql;
      await adapter.executeRaw({ sql, args: [], argTypes: [] });
    };
    const end = adapter.dispose.bind(adapter);
    let ended = false;
    adapter.dispose = async () => {
      if (ended) return;
      ended = true;
      await end();
      await afterwards();
    };
    this.#open.push(adapter);
    return adapter;
  }
}

/** PostgreSQL's type `"char"`, in which the catalogue keeps its one-letter codes, and the type `char(n)`. */
const INTERNAL_CHAR_OID = 18;
const BPCHAR_OID = 1042;

/**
 * The engine reads the catalogue, and the adapter refuses one type of its columns, the internal "char". So such columns
 * come to the adapter as another text type, and leave it as what the engine expects.
 */
async function connectForEngine(
  connectionString: string,
  onRefused: (sql: string, error: pg.DatabaseError) => void,
): Promise<Awaited<ReturnType<PrismaPg['connect']>>> {
  const pool = new pg.Pool({ connectionString, max: 2 });
  const charColumns = new Map<string | undefined, number[]>();
  const query = pool.query.bind(pool) as (config: pg.QueryConfig) => Promise<pg.QueryResult>;
  pool.query = (async (config: pg.QueryConfig) => {
    const result = await query(config).catch((error: unknown) => {
      if (error instanceof pg.DatabaseError) onRefused(config.text, error);
      throw error;
    });
    // A script of several statements has a list of results, which nobody reads.
    if (Array.isArray(result)) return result;
    const found = result.fields.filter((field) => field.dataTypeID === INTERNAL_CHAR_OID);
    if (found.length > 0)
      charColumns.set(
        config.text,
        found.map((field) => result.fields.indexOf(field)),
      );
    for (const field of found) field.dataTypeID = BPCHAR_OID;
    return result;
  }) as unknown as typeof pool.query;

  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (statement) => {
    const result = await queryRaw(statement);
    for (const index of charColumns.get(statement.sql) ?? [])
      result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
  return adapter;
}
