import path from 'node:path';
import type { Row } from '../contracts/http/row.ts';
import type { JobStatus } from '../contracts/words.ts';
import { findApi } from './lib/api-client.ts';
import { DATA_DIR_FLAG, JSON_FLAG, oneOf, print, printJson, runScript, say, URL_FLAG } from './lib/cli.ts';
import { dataDirOf, ROOT } from './lib/local-stack.ts';
import { createProgressBar, summaryOf } from './lib/progress.ts';

/** What each fixture is meant to lead to. */
const FIXTURES: Record<string, { status: JobStatus; rejects: boolean; about: string }> = {
  'happy-path': { status: 'completed', rejects: false, about: 'every row goes in' },
  'partial-failure': {
    status: 'completed',
    rejects: true,
    about: 'some rows are rejected, the others go in',
  },
  'parse-failure': { status: 'failed', rejects: false, about: 'a quote is never closed, so nothing goes in' },
  'single-row': { status: 'completed', rejects: false, about: 'one row' },
};

await runScript(
  {
    call: 'npm run seed:import --',
    summary:
      'Uploads a small customers file through the API, waits for its job, and prints the job and its summary.\n' +
      'Exit code 0 when the job ended as this file should make it end.',
    flags: {
      fixture: {
        type: 'string',
        value: 'NAME',
        help: Object.entries(FIXTURES)
          .map(([name, { about }]) => `${name} (${about})`)
          .join(', '),
      },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: ['npm run seed:import', 'npm run seed:import -- --fixture partial-failure'],
  },
  async (flags) => {
    const name = oneOf('--fixture', flags.fixture ?? 'happy-path', Object.keys(FIXTURES));
    const expected = FIXTURES[name];
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'operator' });
    const accepted = await api.upload(path.join(ROOT, 'samples', 'fixtures', `${name}.csv`), 'customers');
    say(`accepted as job ${accepted.id}`);
    const bar = createProgressBar(`${name}.csv`);
    const job = await api.waitFor(accepted.id, (now) => bar.show(now));
    bar.end();

    if (flags.json === true) {
      printJson(job);
    } else {
      print(`job ${job.id}\n${summaryOf(job)}`);
      for await (const row of api.list<Row>(`/api/jobs/${job.id}/rows?outcome=rejected`)) {
        const reasons = row.errors.map(
          ({ column, code, message }) => `${column ?? 'row'} ${code}: ${message}`,
        );
        print(`  line ${String(row.line)}, row ${String(row.row)}: ${reasons.join('; ')}`);
      }
    }
    const asMeant = job.status === expected?.status && (job.counts.rejected ?? 0) > 0 === expected.rejects;
    if (!asMeant)
      say(`this fixture should have ended as ${String(expected?.status)}: ${String(expected?.about)}`);
    process.exitCode = asMeant ? 0 : 1;
  },
);
