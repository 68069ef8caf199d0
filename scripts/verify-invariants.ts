import path from 'node:path';
import { createStorage } from '../adapters/storage/create-storage.ts';
import { loadStorageSettings, loadTemporalSettings } from '../platform/config.ts';
import { openDatabase } from '../prisma/client.ts';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import { checkInvariants } from './invariants/index.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { dataDirOf, runningStack } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run verify:invariants --',
    summary:
      'Checks, on a running stack, the rules that hold whatever has failed before: reads the database, the histories in ' +
      'Temporal and the stored files, and changes nothing. Exit code 1 when a rule is broken.',
    flags: { 'data-dir': DATA_DIR_FLAG, json: JSON_FLAG },
    examples: ['npm run verify:invariants', 'npm run verify:invariants -- --json'],
  },
  async (flags) => {
    const dataDir = dataDirOf(flags['data-dir']);
    const note = await runningStack(dataDir);
    const database = process.env.DATABASE_URL ?? note?.urls?.database;
    const temporalAddress = process.env.TEMPORAL_ADDRESS ?? note?.urls?.temporal;
    if (database === undefined || temporalAddress === undefined) {
      throw new Error(`no stack runs on ${dataDir}; start one, or set DATABASE_URL and TEMPORAL_ADDRESS`);
    }
    const db = openDatabase({
      url: database,
      applicationName: 'verify-invariants',
      maxConnections: 2,
      // The rules are about every row there is.
      statementTimeoutMs: 10 * 60_000,
      onError: () => undefined,
    });
    const temporal = createTemporalClient(
      loadTemporalSettings({ ...process.env, TEMPORAL_ADDRESS: temporalAddress }),
    );
    try {
      const storage = createStorage(
        loadStorageSettings({ STORAGE_DIR: path.join(dataDir, 'files'), ...process.env }),
      );
      const reports = await checkInvariants({ db, temporal, storage });
      if (flags.json === true) {
        printJson(reports);
      } else {
        for (const { id, rule, broken } of reports) {
          print(`${broken.length === 0 ? 'holds ' : 'BROKEN'}  ${id}  ${rule}`);
          for (const what of broken) print(`            ${what}`);
        }
      }
      if (reports.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
    } finally {
      await temporal.connection.close();
      await db.close();
    }
  },
);
