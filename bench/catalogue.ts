import path from 'node:path';
import type pg from 'pg';
import { toPage } from '../api/views/cursor.ts';
import { toRecordPosition } from '../api/views/record-cursor.ts';
import { toRecordFilter, toRecordSort } from '../api/views/record-filter.ts';
import { KINDS } from '../domain/kinds/index.ts';
import { onStopSignal } from '../platform/stop-signal.ts';
import { openDatabase } from '../prisma/client.ts';
import { CHANGED, CREATED, listRecords, type RecordPosition } from '../prisma/repositories/record-lists.ts';
import { JSON_FLAG, print, printJson, runScript, say, table, wholeNumber } from '../scripts/lib/cli.ts';
import { createReporter } from '../scripts/lib/progress.ts';
import { startBenchStack } from './bench-stack.ts';
import { listCases } from './catalogue-cases.ts';
import { explaining, type PlanNotes } from './explained.ts';
import { runImport, untilIndexed } from './import-run.ts';
import { median } from './measure.ts';
import { writeProductFile } from './product-file.ts';

const KIND = KINDS.products;
const LIMIT = 50;
const AIM_MS = 50;
/** Tables that no list may read as a whole. */
const BIG_TABLES = [KIND.table, KIND.searchTable];

/** The record in the middle of each order. */
const middles = new Map<string, RecordPosition>();

await runScript(
  {
    call: 'npm run bench -- catalogue',
    summary:
      'Measures lists and searches of products over HTTP on a stack of its own, first pages and pages from the middle alike.\n' +
      'Prints medians and the indexes of the plans; fails when a plan reads a big table as a whole.',
    flags: {
      rows: { type: 'string', value: 'N', help: 'products (default: 1000000)' },
      repeat: { type: 'string', value: 'N', help: 'requests of each kind (default: 21)' },
      json: JSON_FLAG,
    },
    examples: ['npm run bench -- catalogue', 'npm run bench -- catalogue --rows 100000 --json'],
  },
  async (flags) => {
    const rows = wholeNumber('--rows', flags.rows ?? '1000000', 1_000, 10_000_000);
    const repeat = wholeNumber('--repeat', flags.repeat ?? '21', 1, 1_000);
    const bench = await startBenchStack(createReporter());
    onStopSignal(() => {
      void bench.abandon().finally(() => process.exit(130));
    });
    const database = openDatabase({
      url: bench.stack.databaseUrl,
      applicationName: 'bench-plans',
      maxConnections: 2,
      statementTimeoutMs: 60_000,
      onError: () => undefined,
    });
    try {
      const file = path.join(bench.folder, 'products.csv');
      await writeProductFile(file, { rows, version: 1, shuffled: true });
      const { seconds } = await runImport(bench.stack, bench.api, file);
      const indexSeconds = await untilIndexed(bench.stack);
      say(
        `${String(rows)} products imported in ${seconds.toFixed(1)} s, indexed in ${indexSeconds.toFixed(1)} s more`,
      );

      const results = [];
      for (const one of listCases(rows)) {
        const notes: PlanNotes = { indexes: new Set(), scanned: new Set() };
        const explained = explaining(database, notes);
        const first: number[] = [];
        const deep: number[] = [];
        for (let n = 0; n <= repeat; n += 1) {
          const query = one.query(n);
          const cursor = await middleOf(database.pool, query);
          for (const [times, at] of [
            [first, null],
            [deep, cursor],
          ] as const) {
            if (times === deep && at === null) continue;
            const ms = await timed(() => bench.api.get(listPath(query, at?.cursor ?? null)));
            // The first one of each kind fills the caches.
            if (n > 0) times.push(ms);
            if (n > 1) continue;
            const [filter, sort] = asked(query);
            await listRecords(explained, KIND, {
              filter,
              sort,
              after: at?.position ?? null,
              limit: LIMIT + 1,
            });
          }
        }
        const result = {
          name: one.name,
          firstMs: rounded(median(first)),
          deepMs: deep.length === 0 ? null : rounded(median(deep)),
          indexes: [...notes.indexes].filter((name) => name !== 'jobs_pkey').sort(),
          scanned: [...notes.scanned].filter((name) => BIG_TABLES.includes(name)),
        };
        results.push(result);
        say(`${result.name}: first ${String(result.firstMs)} ms, deep ${String(result.deepMs ?? '-')} ms`);
      }
      const all = results.flatMap(({ firstMs, deepMs }) => (deepMs === null ? [firstMs] : [firstMs, deepMs]));
      const summary = {
        rows,
        aimMs: AIM_MS,
        medianMs: median(all),
        importSeconds: seconds,
        indexSeconds,
        cases: results,
      };
      if (flags.json === true) printJson(summary);
      else {
        print(
          [
            `${String(rows)} products; milliseconds over HTTP, medians of ${String(repeat)}; median of all ${String(summary.medianMs)}`,
            '',
            table(
              ['list', 'first', 'deep', '', 'indexes'],
              results.map(({ name, firstMs, deepMs, indexes }) => [
                ...[name, firstMs, deepMs],
                Math.max(firstMs, deepMs ?? 0) > AIM_MS ? `over ${String(AIM_MS)}` : '',
                indexes.join(', '),
              ]),
            ),
          ].join('\n'),
        );
      }
      const wrong = results.filter(({ scanned }) => scanned.length > 0);
      if (wrong.length > 0) {
        const names = wrong.map(({ name, scanned }) => `${name} (${scanned.join(', ')})`);
        throw new Error(`read as a whole: ${names.join('; ')}`);
      }
    } finally {
      await database.close();
      await bench.remove();
    }
  },
);

function asked(query: Record<string, string>) {
  return [toRecordFilter(KIND, query), toRecordSort(query.sort ?? `-${CREATED}`)] as const;
}

function listPath(query: Record<string, string>, cursor: string | null): string {
  const parameters = new URLSearchParams({
    ...query,
    limit: String(LIMIT),
    ...(cursor === null ? {} : { cursor }),
  });
  return `/api/${KIND.name}?${parameters.toString()}`;
}

/** A cursor from the middle of the whole order, whatever a filter leaves of it; null where there is one record at most. */
async function middleOf(
  pool: pg.Pool,
  query: Record<string, string>,
): Promise<{ cursor: string; position: RecordPosition } | null> {
  const [filter, sort] = asked(query);
  if (filter.key !== undefined) return null;
  let position = middles.get(sort.by);
  if (position === undefined) {
    const column =
      sort.by === CREATED
        ? 'record_id'
        : sort.by === CHANGED
          ? 'updated_at'
          : sort.by === KIND.keyColumn
            ? 'key'
            : sort.by;
    const { rows } = await pool.query<{ id: string; value: string }>(
      `SELECT record_id AS id, ${column}::text AS value
         FROM ${KIND.searchTable}
        ORDER BY ${column}, record_id
       OFFSET (SELECT count(*) / 2 FROM ${KIND.searchTable})
        LIMIT 1`,
    );
    const [row] = rows;
    if (row === undefined) return null;
    position = { id: row.id, value: sort.by === CREATED ? null : row.value };
    middles.set(sort.by, position);
  }
  const place = toRecordPosition(filter, sort, position);
  const { nextCursor } = toPage(
    KIND.name,
    [0, 1],
    1,
    () => place,
    () => null,
  );
  return nextCursor === null ? null : { cursor: nextCursor, position };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function rounded(ms: number): number {
  return Number(ms.toFixed(1));
}
