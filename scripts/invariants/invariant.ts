import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { RetentionSettings } from '../../platform/config.ts';
import type { Database } from '../../prisma/client.ts';

/** Where the checker looks. */
export interface Evidence {
  db: Database;
  temporal: Client;
  storage: FileStorage;
  /** How long what is kept; as the environment says, when missing. */
  retention?: RetentionSettings;
}

/** A rule of the system that holds whatever has failed before. */
export interface Invariant {
  /** Its name in the docs, for example `I2`. */
  id: string;
  rule: string;
  /** @returns what breaks it; empty when it holds */
  check: (evidence: Evidence) => Promise<string[]>;
}

/** Longer than it takes to take a step: to note a file's job, to close a workflow, to poll a server that came back. */
const SETTLE_MS = 20_000;
const AGAIN_MS = 250;

/**
 * Asks a question about things in motion again before it says that something is broken: the database, the workflows and the
 * files are read one after the other, and what is between two steps just then only looks broken.
 */
export function settled(check: Invariant['check']): Invariant['check'] {
  return async (evidence) => {
    const deadline = Date.now() + SETTLE_MS;
    for (;;) {
      const broken = await check(evidence);
      if (broken.length === 0 || Date.now() > deadline) return broken;
      await delay(AGAIN_MS);
    }
  };
}

/** Whatever was stored, however long ago. A clock of the storage may be ahead of ours. */
const EVER_MS = 24 * 60 * 60_000;

/** Keys of all stored files. */
export async function storedFiles(storage: FileStorage): Promise<string[]> {
  return await all(storage.list(new Date(Date.now() + EVER_MS)));
}

/** Everything that a list gives. */
export async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}
