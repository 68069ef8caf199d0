import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApplyActivities, createParseActivities } from '../../activities/index.ts';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { JobRef } from '../../contracts/temporal/chunked-job.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import type { ImportLimits } from '../../platform/config.ts';
import type { Database } from '../../prisma/client.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { acceptTestImport, type TestImport } from '../support/imports.ts';
import { TEST_LIMITS } from '../support/limits.ts';

/** Files as people really have them, through all steps of an import. */
let database: TestDatabase;
let db: Database;
let folder: string;
let storage: FileStorage;
const environment = new MockActivityEnvironment();

beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-files-'));
  storage = createLocalFolderStorage(folder);
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await db.pool.query('TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, products, customers');
});

async function importFile(given: TestImport, limits: Partial<ImportLimits> = {}) {
  const jobId = await acceptTestImport(db, storage, given);
  const ref: JobRef = { jobId, retryDelaysMs: [] };
  const deps = {
    db,
    storage,
    limits: { ...TEST_LIMITS, ...limits },
    importStart: { IMPORT_RETRY_DELAYS_MS: [], IMPORT_MAX_HISTORY_EVENTS: 3_500 },
  };
  const parse = createParseActivities(deps);
  const apply = createApplyActivities(deps);
  const run = <A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
    environment.run<A, R, (...args: A) => Promise<R>>(activity, ...args);
  const plan = await run(parse.readFile, ref);
  const chunks = Array.from({ length: plan.chunkCount }, (_, index) => ({ ...ref, chunk: index + 1 }));
  let passes = 0;
  if (plan.readable) {
    do {
      passes += 1;
      for (const chunk of chunks) await run(parse.stageChunk, chunk);
    } while ((await run(apply.settleReading, ref)).stageAgain);
    const { proceed } = await run(apply.resolveDuplicates, ref);
    for (const chunk of proceed ? chunks : []) await run(apply.applyChunk, chunk);
  }
  const end = await run(apply.finishImport, ref);
  const job = await db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
  return { jobId, end, passes, job, reading: job.reading as unknown as Reading };
}

async function products(): Promise<[sku: string, name: string, price: string][]> {
  const found = await db.prisma.product.findMany({ orderBy: { skuKey: 'asc' } });
  return found.map(({ sku, name, price }) => [sku, name, price.toString()]);
}

async function codes(jobId: string): Promise<[row: number, line: number, code: string][]> {
  const { rows } = await db.pool.query<{ row: number; line: number; code: string }>(
    `SELECT s."row", s.line, s.errors->0->>'code' AS code
       FROM staged_rows s JOIN jobs j ON j.number = s.job_number
      WHERE j.id = $1 AND s.errors IS NOT NULL ORDER BY s."row"`,
    [jobId],
  );
  return rows.map(({ row, line, code }) => [row, line, code]);
}

describe('a file from a spreadsheet in another country', () => {
  const german = [
    'Preisliste Herbst',
    '',
    'Artikelnummer;Bezeichnung;Preis;Lager',
    'T-1;Tasse, groß;1.234,50 €;Süd',
    'T-2;"Krug; klein";9,90 €;Nord',
    'T-3;Löffel;0,5;Nord',
    'T-4;Gabel;12;Nord',
  ].join('\r\n');

  test.each<[name: string, content: Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${german}`)],
    ['windows-1252', Buffer.from(german.replaceAll('€', 'EUR'), 'latin1')],
    ['UTF-16', Buffer.from(`\ufeff${german}`, 'utf16le')],
    ['UTF-16 big endian without a byte order mark', Buffer.from(german, 'utf16le').swap16()],
    ['UTF-8, compressed', gzipSync(Buffer.from(german))],
    ['windows-1252, compressed', gzipSync(Buffer.from(german.replaceAll('€', 'EUR'), 'latin1'))],
  ])('comes in whole: %s', async (_name, content) => {
    const { end, reading } = await importFile({ content });
    expect(end).toMatchObject({ status: 'completed', counts: { total: 4, created: 4 } });
    expect(await products()).toEqual([
      ['T-1', 'Tasse, groß', '1234.5'],
      ['T-2', 'Krug; klein', '9.9'],
      ['T-3', 'Löffel', '0.5'],
      ['T-4', 'Gabel', '12'],
    ]);
    expect(reading).toMatchObject({ headerLine: 3, dialect: { delimiter: ';' } });
  });

  test('is read by the encoding that its later lines show', async () => {
    const ascii = Array.from({ length: 400_000 }, (_, row) => `s${String(row % 900)},x,1\n`).join('');
    const content = Buffer.from(`sku,name,price\n${ascii}late,Größe,2\n`, 'latin1');
    const jobId = await acceptTestImport(db, storage, { content });
    const limits = { ...TEST_LIMITS, IMPORT_CHUNK_ROWS: 100_000, IMPORT_MAX_ROWS: 1_000_000 };
    const { readFile } = createParseActivities({
      db,
      storage,
      limits,
      importStart: { IMPORT_RETRY_DELAYS_MS: [], IMPORT_MAX_HISTORY_EVENTS: 3_500 },
    });
    const plan = await environment.run(readFile, { jobId, retryDelaysMs: [] });
    expect(plan).toEqual({ readable: true, chunkCount: 5, rows: 400_001 });
    const { reading } = await db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
    expect(reading).toMatchObject({ source: { encoding: 'windows-1252' } });
  });
});

describe('numbers that can be read in two ways', () => {
  const header = 'sku;name;price\n';

  test('are read as the rest of the column is written, wherever in the file that shows', async () => {
    const rows = Array.from({ length: 9 }, (_, row) => `s${String(row)};x;1.23${String(row)}\n`).join('');
    // The beginning does not tell: a thousand, or one with three decimals? The last row does.
    const { end, passes, reading } = await importFile({ content: `${header}${rows}last;x;7,5\n` });
    expect(end.counts).toMatchObject({ total: 10, created: 10 });
    expect(reading.numberFormats).toMatchObject({ price: 'comma' });
    expect((await products())[1]).toEqual(['s0', 'x', '1230']);
    // All of it is in the part that is looked at first, so once is enough.
    expect(passes).toBe(1);
  });

  test('are staged once more when the rest of the file shows what its beginning did not', async () => {
    const rows = Array.from({ length: 1_500 }, (_, row) => `s${String(row)};x;1.234\n`).join('');
    const limits = { IMPORT_CHUNK_ROWS: 500, IMPORT_MAX_ROWS: 5_000 };
    const { end, passes } = await importFile({ content: `${header}${rows}last;x;7,5\n` }, limits);
    expect(passes).toBe(2);
    expect(end.counts).toMatchObject({ total: 1_501, created: 1_501, rejected: 0 });
    expect((await products()).filter(([, , price]) => price === '1234')).toHaveLength(1_500);
  });

  test('are rejected where the file contradicts itself, and where it never tells', async () => {
    const mixed = await importFile({ content: `${header}a;x;1,50\nb;x;2.50\nc;x;1.234\n` });
    expect(await codes(mixed.jobId)).toEqual([[3, 4, 'ambiguous_number']]);
    const silent = await importFile({ content: `${header}d;x;1.234\ne;x;12\n` });
    expect(await codes(silent.jobId)).toEqual([[1, 2, 'ambiguous_number']]);
    expect((await products()).map(([sku]) => sku)).toEqual(['a', 'b', 'e']);
  });

  test('are read as the caller says', async () => {
    const given = { dialect: { decimal: ',' as const } };
    await importFile({ content: `${header}a;x;1.234\nb;x;2.50\n`, options: given });
    expect((await products())[0]).toEqual(['a', 'x', '1234']);
  });
});

describe('rows that are none', () => {
  test('are skipped, and say why', async () => {
    const { jobId, end } = await importFile({ content: 'sku,name,price\na,x,1\n,,\nb,y,2\n , ,\n' });
    expect(end.counts).toMatchObject({ total: 4, created: 2, skipped: 2 });
    expect(await codes(jobId)).toEqual([
      [2, 3, 'not_a_record'],
      [4, 5, 'not_a_record'],
    ]);
  });

  test('variants of a product stand in one chunk and take what its first row says', async () => {
    const content = [
      'Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Status',
      'mug,Blue mug,<p>Nice</p>,V,Size,Small,M-S,9.90,http://a/1.png,active',
      'mug,,,,,Medium,M-M,10.90,,',
      'mug,,,,,Large,M-L,11.90,,',
      'mug,,,,,Huge,M-H,12.90,,',
      'mug,,,,,,,,http://a/2.png,',
      'lamp,Lamp,,V,Title,Default Title,L-1,50.00,,draft',
    ].join('\n');
    const { jobId, end, reading } = await importFile({ content });
    expect(reading.mapping.source).toMatchObject({ type: 'export', name: 'shopify-products' });
    expect(end.counts).toMatchObject({ total: 6, created: 5, skipped: 1 });
    expect(await products()).toEqual([
      ['L-1', 'Lamp', '50'],
      ['M-H', 'Blue mug - Huge', '12.9'],
      ['M-L', 'Blue mug - Large', '11.9'],
      ['M-M', 'Blue mug - Medium', '10.9'],
      ['M-S', 'Blue mug - Small', '9.9'],
    ]);
    expect(await codes(jobId)).toEqual([[5, 6, 'not_a_record']]);
    // Three rows a chunk, and still no product is parted.
    expect(await db.prisma.chunk.findMany({ select: { rows: true }, orderBy: { number: 'asc' } })).toEqual([
      { rows: 5 },
      { rows: 1 },
    ]);
  });
});

describe('quotes that do not add up', () => {
  test('reject their rows, not the ones between them', async () => {
    const { jobId, end } = await importFile({
      content: 'sku,name,price\na,x,1\nb,"open,2\nc,y,3\nd,5" pipe,4\n',
    });
    expect(end.counts).toMatchObject({ total: 4, created: 3, rejected: 1 });
    expect(await codes(jobId)).toEqual([[2, 3, 'malformed_row']]);
  });
});

describe('policies', () => {
  test('abort: one rejected row, and nothing is applied', async () => {
    const options = { onError: 'abort' as const };
    const { end, job } = await importFile({ content: 'sku,name,price\na,x,1\nb,y,cheap\nc,z,3\n', options });
    expect(end).toMatchObject({
      status: 'failed',
      failureCode: 'rows_rejected',
      counts: { total: 3, rejected: 1, pending: 2, created: 0 },
    });
    expect(job.failureMessage).toMatch(/^1 row is rejected/);
    expect(await products()).toEqual([]);
  });

  test('reject repeated keys: all rows of such a key are rejected, and abort sees them', async () => {
    const content = 'sku,name,price\na,x,1\nb,y,2\nA ,z,3\n';
    const { jobId, end } = await importFile({ content, options: { duplicates: 'reject' } });
    expect(end.counts).toMatchObject({ total: 3, created: 1, rejected: 2 });
    expect(await codes(jobId)).toEqual([
      [1, 2, 'duplicate_key'],
      [3, 4, 'duplicate_key'],
    ]);
    const aborted = await importFile({ content, options: { duplicates: 'reject', onError: 'abort' } });
    expect(aborted.end).toMatchObject({ status: 'failed', counts: { rejected: 2, pending: 1 } });
  });

  test('clear blanks: a blank cell empties, an absent column keeps', async () => {
    await importFile({ content: 'sku,name,price,description,stock\na,x,1,text,5\n' });
    await importFile({ content: 'sku,name,price,description\na,x,1,\n', options: { blanks: 'clear' } });
    expect(await db.prisma.product.findFirst()).toMatchObject({ description: null, stock: 5, version: 2 });
  });

  test('a dry run says what the import would do, and changes nothing', async () => {
    await importFile({ content: 'sku,name,price\nold,x,1\nsame,x,1\n' });
    const content = 'sku,name,price\nnew,x,1\nold,y,1\nsame,x,1\nbad,x,y\nnew,z,2\n';
    for (const mode of ['upsert', 'create', 'update'] as const) {
      const before = await products();
      const dry = await importFile({ content, options: { mode, dryRun: true } });
      expect(await products()).toEqual(before);
      const dryOutcomes = await outcomes(dry.jobId);
      const real = await importFile({ content, options: { mode } });
      expect(real.end.counts).toEqual(dry.end.counts);
      expect(await outcomes(real.jobId)).toEqual(dryOutcomes);
      await db.pool.query(`DELETE FROM products WHERE sku = 'new'`);
      await db.pool.query(`UPDATE products SET name = 'x'`);
    }
  });
});

async function outcomes(jobId: string): Promise<[number, string][]> {
  const { rows } = await db.pool.query<{ row: number; outcome: string }>(
    `SELECT s."row", COALESCE(o.outcome, s.outcome)::text AS outcome
       FROM staged_rows s
       JOIN jobs j ON j.number = s.job_number
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE j.id = $1 ORDER BY s."row"`,
    [jobId],
  );
  return rows.map(({ row, outcome }) => [row, outcome]);
}
