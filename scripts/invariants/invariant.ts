import type { Client } from '@temporalio/client';
import type { Database } from '../../prisma/client.ts';

/** Where the checker looks. */
export interface Evidence {
  db: Database;
  temporal: Client;
  /** Folder of the stored files. */
  storageDir: string;
}

/** A rule of the system that holds whatever has failed before. */
export interface Invariant {
  /** Its name in the docs, for example `I2`. */
  id: string;
  rule: string;
  /** @returns what breaks it; empty when it holds */
  check: (evidence: Evidence) => Promise<string[]>;
}
