import type { Job } from '../contracts/http/job.ts';
import { JOB_STATUSES } from '../contracts/words.ts';
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
  wholeNumber,
} from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';
import { summaryOf } from './lib/progress.ts';

const MAX_JOBS = 10_000;

await runScript(
  {
    call: 'npm run inspect:jobs --',
    summary: 'Lists the newest jobs, or shows one.',
    flags: {
      limit: { type: 'string', value: 'N', help: 'how many jobs (default: 20)' },
      status: { type: 'string', value: 'STATUS', help: `only ${JOB_STATUSES.join(', ')}` },
      'job-id': { type: 'string', value: 'ID', help: 'show this job' },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: [
      'npm run inspect:jobs -- --limit 10',
      'npm run inspect:jobs -- --status needs_attention --json',
    ],
  },
  async (flags) => {
    const limit = wholeNumber('--limit', flags.limit ?? '20', 1, MAX_JOBS);
    const status = flags.status === undefined ? undefined : oneOf('--status', flags.status, JOB_STATUSES);
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'viewer' });

    const id = flags['job-id'];
    if (id !== undefined) {
      const job = await api.get<Job>(`/api/jobs/${encodeURIComponent(id)}`);
      if (flags.json === true) printJson(job);
      else print(describe(job));
      return;
    }
    const jobs: Job[] = [];
    const page = new URLSearchParams({
      limit: String(Math.min(limit, 200)),
      ...(status === undefined ? {} : { status }),
    });
    for await (const job of api.list<Job>(`/api/jobs?${page.toString()}`)) {
      if (jobs.push(job) === limit) break;
    }
    if (flags.json === true) {
      printJson(jobs);
      return;
    }
    if (jobs.length === 0) {
      print('no jobs');
      return;
    }
    print(
      table(
        ['id', 'type', 'kind', 'status', 'stage', '%', 'total', 'rejected', 'failed', 'file', 'created at'],
        jobs.map((job) => [
          job.id,
          job.type,
          job.kind,
          job.status,
          job.stage,
          job.percent,
          job.counts.total,
          job.counts.rejected ?? null,
          job.counts.failed,
          job.filename,
          job.createdAt,
        ]),
      ),
    );
  },
);

function describe(job: Job): string {
  const facts: [string, string | number | null][] = [
    ['id', job.id],
    ['type', job.type],
    ['stage', job.stage],
    ['size', job.sizeBytes === null ? null : `${String(job.sizeBytes)} bytes`],
    ['sha256', job.sha256],
    ['created by', job.createdBy],
    ['created at', job.createdAt],
    ['started at', job.startedAt],
    ['finished at', job.finishedAt],
    ['rows per second', job.rowsPerSecond],
    ['workflow', job.workflow.id],
    ['in the Temporal Web UI', job.workflow.url],
  ];
  const shown = facts.filter(([, value]) => value !== null);
  return [summaryOf(job), ...shown.map(([name, value]) => `  ${name.padEnd(22)}  ${String(value)}`)].join(
    '\n',
  );
}
