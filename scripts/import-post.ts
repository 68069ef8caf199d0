import path from 'node:path';
import { IMPORT_KINDS, type ImportKind } from '../contracts/words.ts';
import { findApi } from './lib/api-client.ts';
import { checkFile } from './lib/check-file.ts';
import { DATA_DIR_FLAG, JSON_FLAG, oneOf, print, printJson, runScript, say, URL_FLAG } from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';
import { createProgressBar, summaryOf } from './lib/progress.ts';

await runScript(
  {
    call: 'npm run import:post --',
    summary:
      'Uploads a CSV file to the API. Exit code 0 when it was accepted; with --wait, when the job completed.',
    positionals: { usage: 'FILE', min: 1, max: 1 },
    flags: {
      kind: {
        type: 'string',
        value: 'KIND',
        help: `${IMPORT_KINDS.join(' or ')} (default: from the file's name, else customers)`,
      },
      wait: { type: 'boolean', help: 'wait for the job and print its summary' },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: ['npm run import:post -- samples/products.csv --kind products --wait'],
  },
  async (flags, [argument = '']) => {
    const kind = flags.kind === undefined ? kindByName(argument) : oneOf('--kind', flags.kind, IMPORT_KINDS);
    const file = await checkFile(argument);
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'operator' });
    let job = await api.upload(file, kind);
    if (flags.wait === true) {
      say(`accepted as job ${job.id}`);
      const bar = createProgressBar(path.basename(file));
      job = await api.waitFor(job.id, (now) => bar.show(now));
      bar.end();
      process.exitCode = job.status === 'completed' ? 0 : 1;
    }
    if (flags.json === true) printJson(job);
    else if (flags.wait === true) print(summaryOf(job));
    else
      print(
        `accepted as job ${job.id} (${kind})\n  follow it with: npm run inspect:jobs -- --job-id ${job.id}`,
      );
  },
);

/** Most exports are called after what they hold. */
function kindByName(file: string): ImportKind {
  const name = path.basename(file).toLowerCase();
  return IMPORT_KINDS.find((kind) => name.includes(kind.slice(0, -1))) ?? 'customers';
}
