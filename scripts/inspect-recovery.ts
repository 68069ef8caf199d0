import type { Recovery } from '../contracts/http/recovery.ts';
import { findApi } from './lib/api-client.ts';
import {
  DATA_DIR_FLAG,
  JSON_FLAG,
  print,
  printJson,
  runScript,
  table,
  URL_FLAG,
  UsageError,
} from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';
import { summaryOf } from './lib/progress.ts';

await runScript(
  {
    call: 'npm run inspect:recovery --',
    summary:
      'Shows what keeps a job from going on: parked parts, what is being tried again, and what each verb would do.',
    flags: {
      'job-id': { type: 'string', value: 'ID', help: 'the job' },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: ['npm run inspect:recovery -- --job-id 0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11'],
  },
  async (flags) => {
    const id = flags['job-id'];
    if (id === undefined) throw new UsageError('--job-id is missing');
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'viewer' });
    const recovery = await api.get<Recovery>(`/api/jobs/${encodeURIComponent(id)}/recovery`);
    if (flags.json === true) {
      printJson(recovery);
      return;
    }
    print(describe(recovery));
  },
);

function describe({ job, parked, retrying, verbs }: Recovery): string {
  const parts =
    parked.length === 0
      ? 'no part is parked'
      : table(
          ['parked part', 'since', 'attempts', 'code', 'last error'],
          parked.map(({ part, since, attempts, code, message }) => [part, since, attempts, code, message]),
        );
  const steps =
    retrying === null
      ? 'the workflow does not run, or can not be asked'
      : retrying.length === 0
        ? 'nothing is being tried again'
        : table(
            ['being tried again', 'activity', 'attempt', 'next at', 'code', 'last error'],
            retrying.map(({ step, activity, attempt, nextAttemptAt, lastError }) => [
              step,
              activity,
              attempt,
              nextAttemptAt,
              lastError?.code ?? null,
              lastError?.message ?? null,
            ]),
          );
  const possible = table(
    ['verb', 'possible', 'what it would do'],
    verbs.map(({ verb, possible: may, effect }) => [verb, may ? 'yes' : 'no', effect]),
  );
  return [summaryOf(job), parts, steps, possible].join('\n\n');
}
