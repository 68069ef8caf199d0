import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/**
 * The least that must be done to get a file of products into the table, by one connection and without any of what an import
 * guarantees: no checks, no outcome of a row, no earlier values, and nothing to go on from after a crash.
 *
 * @returns seconds
 */
export async function runFloor(databaseUrl: string, file: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench-floor' });
  await client.connect();
  try {
    const started = performance.now();
    await client.query('BEGIN');
    await client.query(
      `CREATE TEMPORARY TABLE given (
         sku text, name text, price numeric(19,4), description text, active boolean, stock integer
       ) ON COMMIT DROP`,
    );
    await pipeline(
      createReadStream(file, { highWaterMark: 1024 * 1024 }),
      client.query(copyFrom('COPY given FROM STDIN (FORMAT csv, HEADER)')),
    );
    await client.query(
      `INSERT INTO products (sku, sku_key, name, price, description, active, stock, last_change)
       SELECT DISTINCT ON (lower(sku) COLLATE "C")
              sku, lower(sku) COLLATE "C", name, price, description, active, stock, uuidv7()
         FROM given
        ORDER BY lower(sku) COLLATE "C"
       ON CONFLICT (sku_key) DO UPDATE
          SET sku = excluded.sku, name = excluded.name, price = excluded.price, description = excluded.description,
              active = excluded.active, stock = excluded.stock, version = products.version + 1,
              last_change = excluded.last_change, updated_at = now()`,
    );
    await client.query('COMMIT');
    return (performance.now() - started) / 1000;
  } finally {
    await client.end();
  }
}
