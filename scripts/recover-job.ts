import type { Job } from '../contracts/http/job.ts';
import { findApi } from './lib/api-client.ts';
import {
  DATA_DIR_FLAG,
  JSON_FLAG,
  oneOf,
  print,
  printJson,
  runScript,
  URL_FLAG,
  UsageError,
} from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';
import { summaryOf } from './lib/progress.ts';

const ACTIONS = ['retry', 'skip', 'abandon'] as const;

await runScript(
  {
    call: 'npm run recover:job --',
    summary: 'Gets a parked job going again, or gives up what is parked. It stands in the audit log.',
    flags: {
      'job-id': { type: 'string', value: 'ID', help: 'the job' },
      action: { type: 'string', value: 'ACTION', help: `${ACTIONS.join(', ')} (default: retry)` },
      part: {
        type: 'string',
        value: 'PART',
        help: 'only this parked part, such as "applying 17" (default: all)',
      },
      reason: { type: 'string', value: 'TEXT', help: 'why, for the audit log' },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: [
      'npm run recover:job -- --job-id 0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
      'npm run recover:job -- --job-id 0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11 --action skip --part "applying 17" --reason "known bad rows"',
    ],
  },
  async (flags) => {
    const { 'job-id': id, part, reason } = flags;
    if (id === undefined) throw new UsageError('--job-id is missing');
    const action = oneOf('--action', flags.action ?? 'retry', ACTIONS);
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'operator' });
    const job = await api.post<Job & { requested?: true }>(`/api/jobs/${encodeURIComponent(id)}/${action}`, {
      ...(part === undefined ? {} : { part }),
      ...(reason === undefined ? {} : { reason }),
    });
    if (flags.json === true) {
      printJson(job);
      return;
    }
    if (job.requested === true) print(`${action} is asked for, and has not taken effect yet`);
    print(summaryOf(job));
  },
);
