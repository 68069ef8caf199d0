import type { Job } from '../contracts/http/job.ts';
import type { Row } from '../contracts/http/row.ts';
import { OUTCOMES } from '../contracts/words.ts';
import { findApi } from './lib/api-client.ts';
import {
  DATA_DIR_FLAG,
  JSON_FLAG,
  oneOf,
  print,
  printJson,
  runScript,
  table,
  URL_FLAG,
  UsageError,
  wholeNumber,
} from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';
import { summaryOf } from './lib/progress.ts';

const MAX_ROWS = 100_000;

await runScript(
  {
    call: 'npm run inspect:outcomes --',
    summary: "Shows what became of a job's rows: the sum, and the rows themselves.",
    flags: {
      'job-id': { type: 'string', value: 'ID', help: 'which job (npm run inspect:jobs lists them)' },
      outcome: { type: 'string', value: 'OUTCOME', help: `only rows that are ${OUTCOMES.join(', ')}` },
      limit: { type: 'string', value: 'N', help: 'how many rows (default: 50)' },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: [
      'npm run inspect:outcomes -- --job-id 0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11 --outcome rejected',
    ],
  },
  async (flags) => {
    const id = flags['job-id'];
    if (id === undefined) throw new UsageError('--job-id is missing');
    const limit = wholeNumber('--limit', flags.limit ?? '50', 1, MAX_ROWS);
    const outcome = flags.outcome === undefined ? undefined : oneOf('--outcome', flags.outcome, OUTCOMES);
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'viewer' });
    const job = await api.get<Job>(`/api/jobs/${encodeURIComponent(id)}`);
    const query = new URLSearchParams({
      limit: String(Math.min(limit, 200)),
      ...(outcome === undefined ? {} : { outcome }),
    });
    const rows: Row[] = [];
    for await (const row of api.list<Row>(`/api/jobs/${job.id}/rows?${query.toString()}`)) {
      if (rows.push(row) === limit) break;
    }
    if (flags.json === true) {
      printJson({
        job: job.id,
        status: job.status,
        counts: job.counts,
        failure: job.failure,
        rows: rows.map(({ row, line, outcome: became, key, recordId, errors }) => ({
          row,
          line,
          outcome: became,
          key,
          recordId,
          errors,
        })),
      });
      return;
    }
    print(summaryOf(job));
    if (rows.length === 0) return;
    print('');
    print(
      table(
        ['row', 'line', 'outcome', 'key', 'record', 'errors'],
        rows.map(({ row, line, outcome: became, key, recordId, errors }) => [
          row,
          line,
          became,
          key,
          recordId,
          errors.map(({ column, code, message }) => `${column ?? 'row'} ${code}: ${message}`).join('; '),
        ]),
      ),
    );
  },
);
