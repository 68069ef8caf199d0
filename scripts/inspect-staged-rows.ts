import type { Row } from '../contracts/http/row.ts';
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
  wholeNumber,
} from './lib/cli.ts';
import { dataDirOf } from './lib/local-stack.ts';

const MAX_ROWS = 100_000;
/** A table is for looking at; the whole value is in --json. */
const SHOWN_CHARACTERS = 32;

await runScript(
  {
    call: 'npm run inspect:staged-rows --',
    summary:
      "Shows a job's rows as they were read: normalised values, and what the file says where one of them is wrong.",
    flags: {
      'job-id': { type: 'string', value: 'ID', help: 'which job (npm run inspect:jobs lists them)' },
      limit: { type: 'string', value: 'N', help: 'how many rows (default: 50)' },
      url: URL_FLAG,
      'data-dir': DATA_DIR_FLAG,
      json: JSON_FLAG,
    },
    examples: ['npm run inspect:staged-rows -- --job-id 0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11 --limit 10'],
  },
  async (flags) => {
    const id = flags['job-id'];
    if (id === undefined) throw new UsageError('--job-id is missing');
    const limit = wholeNumber('--limit', flags.limit ?? '50', 1, MAX_ROWS);
    const api = await findApi({ url: flags.url, dataDir: dataDirOf(flags['data-dir']), role: 'viewer' });
    const rows: Row[] = [];
    for await (const row of api.list<Row>(
      `/api/jobs/${encodeURIComponent(id)}/rows?limit=${String(Math.min(limit, 200))}`,
    )) {
      if (rows.push(row) === limit) break;
    }
    if (flags.json === true) {
      printJson(rows);
      return;
    }
    if (rows.length === 0) {
      print('no rows are staged');
      return;
    }
    const columns = Object.keys(rows.find(({ values }) => values !== null)?.values ?? {});
    print(
      table(
        ['row', 'line', 'outcome', 'key', ...columns, 'errors'],
        rows.map(({ row, line, outcome, key, values, raw, errors }) => [
          row,
          line,
          outcome,
          short(key),
          // A row that could not be told apart into cells has no values: what stands in the file takes their place.
          ...(values === null
            ? columns.map((_, index) => (index === 0 ? short(raw) : null))
            : columns.map((column) => short(values[column] ?? null))),
          errors
            .map(({ column, code, value }) => {
              const found = value === null ? '' : ` (${String(short(value))})`;
              return `${column ?? 'row'}: ${code}${found}`;
            })
            .join(', '),
        ]),
      ),
    );
  },
);

function short(text: string | null): string | null {
  if (text === null || text.length <= SHOWN_CHARACTERS) return text;
  return `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;
}
