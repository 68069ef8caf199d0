import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Client } from '@temporalio/client';
import { loadEncryptionKeys } from '../platform/config.ts';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import { type Database, openDatabase } from '../prisma/client.ts';
import { signToken } from '../scripts/lib/sign-token.ts';
import { bundleForMany } from '../scripts/stack/bundle-for-many.ts';
import { type Stack, startStack } from '../scripts/stack/stack.ts';
import { POISON } from './import-file.ts';
import { PIECES_EACH, STOCK } from './order-file.ts';

/** A whole stack of the chaos's own, in a folder that goes away afterwards. */
export interface ChaosStack {
  stack: Stack;
  db: Database;
  temporal: Client;
  storageDir: string;
  /** Of an admin: the value of an Authorization header. */
  authorization: string;
  /** Stops it, and removes all that there was of it. */
  remove: () => Promise<void>;
  /** Stops it at once, and leaves its folder to be looked at. @returns the folder */
  leave: () => Promise<string>;
}

export async function startChaosStack(note: (text: string) => void): Promise<ChaosStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-chaos-'));
  const dataDir = path.join(folder, 'data');
  const storageDir = path.join(dataDir, 'files');
  try {
    const stack = await startStack({
      dataDir,
      reporter: { note, step: (_name, work) => work(() => undefined) },
      ports: 'free',
      // A killed process loses nothing of what it has written; only a power cut would.
      postgresSettings: { fsync: 'off' },
      env: {
        // Servers that hold somebody's data are none of its business.
        DATABASE_URL: undefined,
        TEMPORAL_ADDRESS: undefined,
        TEMPORAL_NAMESPACE: undefined,
        STORAGE_DIR: storageDir,
        LOG_LEVEL: 'info',
        // A workflow worker that is started again and again need not make it each time.
        WORKFLOW_BUNDLE: await bundleForMany(folder),
        // Many chunks, continue-as-new and parked parts from small files and short outages.
        IMPORT_CHUNK_ROWS: '40',
        IMPORT_MAX_HISTORY_EVENTS: '120',
        IMPORT_RETRY_DELAYS_MS: '100,400,1500',
        ORDER_RETRY_DELAYS_MS: '100,400,1500',
        HOUSEKEEPING_INTERVAL_MS: '1000',
      },
    });
    const db = openDatabase({
      url: stack.databaseUrl,
      applicationName: 'chaos',
      maxConnections: 3,
      statementTimeoutMs: 120_000,
      onError: () => undefined,
    });
    const temporal = createTemporalClient({
      TEMPORAL_ADDRESS: stack.temporalAddress,
      TEMPORAL_NAMESPACE: stack.temporalNamespace,
      ENCRYPTION_KEYS: loadEncryptionKeys(),
    });
    for (const table of ['products', 'customers']) {
      await db.pool.query(
        `ALTER TABLE ${table} ADD CONSTRAINT no_poison CHECK (name <> '${POISON}') NOT VALID`,
      );
    }
    await db.pool.query(
      `INSERT INTO products (sku, sku_key, name, price, stock, last_change)
       SELECT sku, sku, sku, 10, $2, uuidv7() FROM unnest($1::text[]) AS sold (sku)`,
      [STOCK, PIECES_EACH],
    );
    const disconnect = async (): Promise<void> => {
      await temporal.connection.close();
      await db.close();
    };
    return {
      stack,
      db,
      temporal,
      storageDir,
      authorization: `Bearer ${await signToken(dataDir, 'admin', 'chaos')}`,
      async remove() {
        await disconnect();
        await stack.stop();
        await rm(folder, { recursive: true, force: true });
      },
      async leave() {
        await disconnect();
        await stack.abandon();
        return folder;
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
