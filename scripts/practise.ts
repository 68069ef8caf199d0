import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Job } from '../contracts/http/job.ts';
import { openDatabase } from '../prisma/client.ts';
import {
  addPracticeFault,
  REFUSED_DOMAIN,
  removePracticeFault,
} from '../prisma/repositories/practice-fault.ts';
import { findApi } from './lib/api-client.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { dataDirOf, runningStack } from './lib/local-stack.ts';

const STATEMENT_TIMEOUT_MS = 30_000;

await runScript(
  {
    call: 'npm run practise --',
    summary:
      'Makes a job need attention, on the local stack only: puts a fault into its database, and imports a customer over whom it trips.\n' +
      'With --heal it puts the fault right; the job is then yours to recover.',
    flags: {
      heal: { type: 'boolean', help: 'take the fault away again' },
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: ['npm run practise', 'npm run practise -- --heal'],
  },
  async (flags) => {
    const dataDir = dataDirOf(flags['data-dir']);
    const note = await runningStack(dataDir);
    if (note?.urls == null) throw new Error(`no stack runs on ${dataDir}; start one with: npm start`);
    const database = openDatabase({
      url: note.urls.database,
      applicationName: 'practise',
      maxConnections: 1,
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      onError: () => undefined,
    });
    try {
      if (flags.heal === true) {
        await removePracticeFault(database.pool);
        if (flags.json === true) printJson({ healed: true });
        else print('the database takes the customer now; the job waits for you');
        return;
      }
      await addPracticeFault(database.pool);
    } finally {
      await database.close();
    }
    const job = await importRefused(dataDir);
    if (job.status !== 'needs_attention')
      throw new Error(`job ${job.id} is ${job.status}, which it should not be`);
    if (flags.json === true) {
      printJson(job);
      return;
    }
    print(`job ${job.id} needs attention: the database refuses its only row, and it is to bring in all rows or none

see why              npm run inspect:recovery -- --job-id ${job.id}
put the cause right  npm run practise -- --heal
let it go on         npm run recover:job -- --job-id ${job.id} --reason "the constraint is gone"
see that it did      npm run inspect:jobs -- --job-id ${job.id}`);
  },
);

async function importRefused(dataDir: string): Promise<Job> {
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-practise-'));
  try {
    const file = path.join(folder, 'practise.csv');
    // Another one each time: a customer who is there already would be left alone.
    const email = `practice-${String(Date.now())}@${REFUSED_DOMAIN}`;
    await writeFile(file, `name,email,company\nPractice,${email},Practice Ltd\n`);
    const api = await findApi({ dataDir, role: 'operator' });
    const accepted = await api.upload(file, 'customers', { onError: 'abort' });
    return await api.waitFor(accepted.id, () => undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
}
