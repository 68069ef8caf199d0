import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobRef } from '../../contracts/temporal/chunked-job.ts';
import { csv } from '../support/csv.ts';
import { openImportBench } from '../support/import-bench.ts';
import { acceptTestImport } from '../support/imports.ts';

const bench = await openImportBench();
const { db, storage, importFile } = bench;
afterAll(bench.close);
beforeEach(bench.empty);

async function products() {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    'SELECT sku, name, price::text, description, active, stock, version FROM products ORDER BY sku_key',
  );
  return rows;
}

async function errorsOf(jobId: string) {
  const { rows } = await db.pool.query<{
    row: number;
    line: number;
    raw: string;
    errors: { column: string; code: string }[];
  }>(
    `SELECT s."row", s.line, s.raw, s.errors FROM staged_rows s JOIN jobs j ON j.number = s.job_number
      WHERE j.id = $1 AND s.errors IS NOT NULL ORDER BY s."row"`,
    [jobId],
  );
  return rows.map(({ row, line, raw, errors }) => ({
    row,
    line,
    raw,
    errors: errors.map(({ column, code }) => [column, code]),
  }));
}

describe('a file becomes records', () => {
  test('keeps every digit of a price and fills defaults', async () => {
    const { end } = await importFile({
      content: csv(
        'sku,name,price,description,active,stock',
        'A,"Mug, ""blue""",99999999999999.0001,,,',
        'B,Bowl,.5,"two',
        'lines",no,7',
      ),
    });
    expect(end).toMatchObject({ status: 'completed', counts: { total: 2, created: 2, pending: 0 } });
    expect(await products()).toEqual([
      {
        sku: 'A',
        name: 'Mug, "blue"',
        price: '99999999999999.0001',
        description: null,
        active: true,
        stock: 0,
        version: 1,
      },
      {
        sku: 'B',
        name: 'Bowl',
        price: '0.5000',
        description: 'two\nlines',
        active: false,
        stock: 7,
        version: 1,
      },
    ]);
  });

  test('matches headers without regard to case, spaces, hyphens, underscores and a byte order mark', async () => {
    const { end } = await importFile({
      kind: 'customers',
      content: '\ufeffE-Mail Address, NAME ,com_pany,ignored\r\nAda@Example.COM,Ada,Engines,x\r\n',
    });
    expect(end.counts).toMatchObject({ total: 1, created: 1 });
    expect(await db.prisma.customer.findMany()).toMatchObject([
      { email: 'Ada@Example.COM', emailKey: 'ada@example.com', name: 'Ada' },
    ]);
  });

  test('lets the last valid row of a key win, whatever the order of the chunks', async () => {
    const { end } = await importFile({
      content: csv(
        'sku,name,price',
        'k,first,1',
        'a,x,1',
        'b,x,1',
        ' K ,second,2',
        'c,x,1',
        'k,broken,nan',
        'K,last,3',
        'd,x,1',
      ),
    });
    expect(end.counts).toMatchObject({ total: 8, created: 5, duplicate: 2, rejected: 1, pending: 0 });
    expect((await products()).find(({ sku }) => sku === 'K')).toMatchObject({ name: 'last', version: 1 });
  });

  test('the same file again changes nothing, and says so for each row', async () => {
    const content = csv('sku,name,price,active', 'a,x,1,yes', 'b,y,2.50,no', 'c,z,3,1');
    await importFile({ content });
    const before = await db.pool.query('SELECT * FROM products ORDER BY sku_key');
    const { end } = await importFile({ content });
    expect(end.counts).toMatchObject({ total: 3, unchanged: 3, created: 0, updated: 0 });
    expect((await db.pool.query('SELECT * FROM products ORDER BY sku_key')).rows).toEqual(before.rows);
  });

  test('keeps what a file does not say, clears what it clears, and remembers the earlier values', async () => {
    await importFile({ content: csv('sku,name,price,description,stock', 'a,x,1,text,5', 'b,y,2,text,6') });
    const { end, jobId } = await importFile({
      content: csv('sku,name,price,description', 'A,x2,1,', 'b,y,2,#N/A'),
    });
    expect(end.counts).toMatchObject({ updated: 2 });
    expect(await products()).toMatchObject([
      { sku: 'A', name: 'x2', description: 'text', stock: 5, version: 2 },
      { sku: 'b', name: 'y', description: null, stock: 6, version: 2 },
    ]);
    const changes = await db.prisma.recordChange.findMany({
      where: { changeId: jobId },
      orderBy: { changeRow: 'asc' },
    });
    expect(changes).toMatchObject([
      {
        changeRow: 1,
        operation: 'updated',
        before: { sku: 'a', name: 'x', price: 1, description: 'text', active: true, stock: 5 },
      },
      { changeRow: 2, operation: 'updated', before: { description: 'text' } },
    ]);
  });

  test('rejects a bad row with row, line, column and code, and lets its neighbours in', async () => {
    const { end, jobId } = await importFile({
      content: csv(
        'sku,name,price,active,stock',
        'ok,"two',
        'lines",1,,',
        ',no sku,1,,',
        '',
        'p,x,-1,maybe,1.5',
        'q,x,1.00005,,99999999999',
        'short,x',
        'r,"a"b,1,,',
        'n,nul\0,1,,',
        's,x,1234567890123456,,',
        `${'t'.repeat(300)},x,1,,`,
        "'=ok,'=1+1,2,,",
      ),
    });
    expect(end.counts).toMatchObject({ total: 10, created: 2, rejected: 8, pending: 0 });
    expect(await errorsOf(jobId)).toEqual([
      { row: 2, line: 4, raw: ',no sku,1,,', errors: [['sku', 'required']] },
      {
        row: 3,
        line: 6,
        raw: 'p,x,-1,maybe,1.5',
        errors: [
          ['price', 'negative'],
          ['active', 'invalid_boolean'],
          ['stock', 'invalid_integer'],
        ],
      },
      {
        row: 4,
        line: 7,
        raw: 'q,x,1.00005,,99999999999',
        errors: [
          ['price', 'too_precise'],
          ['stock', 'out_of_range'],
        ],
      },
      { row: 5, line: 8, raw: 'short,x', errors: [[null, 'wrong_column_count']] },
      { row: 6, line: 9, raw: 'r,"a"b,1,,', errors: [[null, 'malformed_row']] },
      { row: 7, line: 10, raw: 'n,nul\u2400,1,,', errors: [[null, 'invalid_characters']] },
      { row: 8, line: 11, raw: 's,x,1234567890123456,,', errors: [['price', 'out_of_range']] },
      { row: 9, line: 12, raw: expect.stringContaining('ttt'), errors: [['sku', 'too_long']] },
    ]);
    expect((await products()).map(({ sku, name }) => [sku, name])).toEqual([
      ['=ok', '=1+1'],
      ['ok', 'two\nlines'],
    ]);
  });

  test('rejects a row that is not UTF-8 and keeps the others', async () => {
    const content = Buffer.concat([
      Buffer.from('sku,name,price\na,x,1\nb,'),
      Buffer.from([0xfc]),
      Buffer.from(',1\nc,ü,1\n'),
    ]);
    const { end, jobId } = await importFile({ content });
    expect(end.counts).toMatchObject({ created: 2, rejected: 1 });
    expect(await errorsOf(jobId)).toMatchObject([
      { row: 2, line: 3, errors: [[null, 'invalid_characters']] },
    ]);
  });
});

describe('a file that can not be read changes nothing and says why', () => {
  const cases: [name: string, content: string | Buffer, code: string, says: RegExp][] = [
    ['nothing in it', '', 'empty_file', /is empty/],
    ['only blank lines', '\n\r\n  \n', 'empty_file', /is empty/],
    ['only a header', 'sku,name,price\n', 'empty_file', /header and nothing below/],
    [
      'a required column is missing',
      csv('sku,title', 'a,b'),
      'missing_columns',
      /line 1 has no column "price".*"sku", "title"/,
    ],
    ['one column twice', csv('sku,name,price,SKU', 'a,b,1,c'), 'duplicate_columns', /line 1 .* "sku"/],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'unsupported_file', /is a picture/],
    ['one letter', 's', 'missing_columns', /It has: "s"/],
    [
      'a quote never closed',
      csv('sku,name,price', 'a,x,1', 'b,"open,2', 'c,x,3'),
      'malformed_csv',
      /begins on line 3 is never closed/,
    ],
    [
      'a quote closed by a later one',
      csv('sku,name,price', 'a,x,1', 'b,"open,2', 'c,"closed",3'),
      'malformed_csv',
      /begins on line 3 .*quote is missing/,
    ],
    [
      'a record too large',
      csv('sku,name,price', 'a,x,1', `b,"${'y\n'.repeat(6_000)}",2`),
      'record_too_large',
      /begins on line 3 is larger than 10000 bytes/,
    ],
    [
      'too many columns',
      csv(Array.from({ length: 51 }, (_, index) => `c${String(index)}`).join(','), 'x'),
      'too_many_columns',
      /51 columns; 50 are allowed/,
    ],
    [
      'too many records',
      csv('sku,name,price', ...Array.from({ length: 1_004 }, (_, index) => `s${String(index)},x,1`)),
      'too_many_rows',
      /more than 1000/,
    ],
  ];

  test.each(cases)('%s', async (_name, content, code, says) => {
    const { end, job } = await importFile({ content, options: { dialect: { quote: '"' } } });
    expect(end).toEqual({ status: 'failed', failureCode: code, counts: null });
    expect(job).toMatchObject({ status: 'failed', failureCode: code, stage: null });
    expect(job.failureMessage).toMatch(says);
    expect(job.finishedAt).not.toBeNull();
    expect(await products()).toEqual([]);
    expect(await db.prisma.chunk.count()).toBe(0);
  });
});

describe('steps may be repeated', () => {
  const content = csv(
    'sku,name,price',
    ...Array.from({ length: 10 }, (_, index) => `s${String(index)},x,${String(index)}`),
  );

  test('every step twice has the effect of once, and answers the same', async () => {
    const jobId = await acceptTestImport(db, storage, { content });
    const ref: JobRef = { jobId, retryDelaysMs: [] };
    const steps = bench.steps();
    expect(await steps.readFile(ref)).toEqual(await steps.readFile(ref));
    for (let chunk = 1; chunk <= 4; chunk += 1) {
      expect(await steps.stageChunk({ ...ref, chunk })).toEqual(await steps.stageChunk({ ...ref, chunk }));
    }
    await steps.resolveDuplicates(ref);
    await steps.resolveDuplicates(ref);
    expect(await steps.takeTurn(ref)).toEqual(await steps.takeTurn(ref));
    for (let chunk = 1; chunk <= 4; chunk += 1) {
      expect(await steps.applyChunk({ ...ref, chunk })).toEqual(await steps.applyChunk({ ...ref, chunk }));
    }
    expect(await steps.finishJob(ref)).toEqual(await steps.finishJob(ref));
    expect(await db.pool.query('SELECT 1 FROM row_outcomes').then(({ rowCount }) => rowCount)).toBe(10);
    expect((await products()).every(({ version }) => version === 1)).toBe(true);
  });

  test('two attempts at the same chunk at once apply it once', async () => {
    const jobId = await acceptTestImport(db, storage, { content });
    const ref: JobRef = { jobId, retryDelaysMs: [] };
    const steps = bench.steps();
    await steps.readFile(ref);
    await Promise.all([1, 1, 2, 2, 3, 3, 4, 4].map((chunk) => steps.stageChunk({ ...ref, chunk })));
    await Promise.all([steps.resolveDuplicates(ref), steps.resolveDuplicates(ref)]);
    await steps.takeTurn(ref);
    const counts = await Promise.all([1, 1, 1].map((chunk) => steps.applyChunk({ ...ref, chunk })));
    expect(counts).toEqual([counts[0], counts[0], counts[0]]);
    expect(counts[0]).toMatchObject({ created: 3 });
  });

  test('reading goes on where an interrupted attempt stopped, with the same plan', async () => {
    const whole = await acceptTestImport(db, storage, { content });
    await bench.steps().readFile({ jobId: whole, retryDelaysMs: [] });
    const interrupted = await acceptTestImport(db, storage, { content });
    await bench.steps().readFile({ jobId: interrupted, retryDelaysMs: [] });
    const plan = `SELECT c.number, first_row, rows, first_line, byte_start, byte_end
                    FROM chunks c JOIN jobs j ON j.number = c.job_number WHERE j.id = $1 ORDER BY c.number`;
    // As if the attempt had been killed after two of its four chunks.
    await db.pool.query(`UPDATE jobs SET read_at = NULL, stage = 'reading' WHERE id = $1`, [interrupted]);
    await db.pool.query(
      `DELETE FROM chunks c USING jobs j WHERE j.number = c.job_number AND j.id = $1 AND c.number > 2`,
      [interrupted],
    );
    await bench.steps().readFile({ jobId: interrupted, retryDelaysMs: [] });
    expect((await db.pool.query(plan, [interrupted])).rows).toEqual(
      (await db.pool.query(plan, [whole])).rows,
    );
  });
});
