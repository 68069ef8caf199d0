import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportOptions } from '../../contracts/words.ts';
import {
  listContradictions,
  listUnaccountedRows,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import {
  listUnbalancedOrders,
  listWrongStock,
  listWrongTimelines,
} from '../../prisma/repositories/order-invariants.ts';
import { csv } from '../support/csv.ts';
import { openImportBench } from '../support/import-bench.ts';

const bench = await openImportBench();
const { db } = bench;
afterAll(bench.close);
beforeEach(bench.empty);
afterEach(async () => {
  const questions = [
    listContradictions,
    listUnaccountedRows,
    listWrongCounters,
    listWrongStock,
    listUnbalancedOrders,
    listWrongTimelines,
  ];
  for (const question of questions) expect(await question(db.pool)).toEqual([]);
});

const HEADER = 'order_number,email,sku,quantity,unit_price,currency';

/** Imports a file of orders, in chunks of three rows. */
const importOrders = (lines: readonly string[], options: Partial<ImportOptions> = {}) =>
  bench.importFile(
    { kind: 'orders', content: csv(HEADER, ...lines), options: { mode: 'create', ...options } },
    { IMPORT_CHUNK_ROWS: 3 },
  );

/** Orders and their lines, in the order in which they were made. */
async function orders() {
  const { rows } = await db.pool.query<{ id: string; email: string | null; total: string; lines: string[] }>(
    `SELECT o.id, o.email, o.currency, o.total::text,
            array_agg(format('%s x %s at %s', l.quantity, l.sku, l.unit_price) ORDER BY l.number) AS lines
       FROM orders o JOIN order_lines l ON l.order_id = o.id GROUP BY o.id ORDER BY o.number`,
  );
  return rows;
}

/** The outcome of each row, with the codes of its errors. */
async function outcomes(jobId: string) {
  const { rows } = await db.pool.query<{ outcome: string; codes: string[] | null }>(
    `SELECT coalesce(o.outcome, s.outcome, 'pending')::text AS outcome,
            (SELECT array_agg(e ->> 'code') FROM jsonb_array_elements(s.errors) e) AS codes
       FROM staged_rows s JOIN jobs j ON j.number = s.job_number
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE j.id = $1 ORDER BY s."row"`,
    [jobId],
  );
  return rows.map(({ outcome, codes }) => (codes === null ? outcome : `${outcome} ${codes.join(' ')}`));
}

describe('a file of orders', () => {
  test('brings in lines of one order from wherever they stand, with what only one of them says', async () => {
    const { end, jobId } = await importOrders([
      '1001,ada@example.com,SKU-1,2,10.00,EUR',
      '1002,bob@example.com,SKU-2,1,5,',
      '1001,,SKU-2,1,5.5,',
      '#1003,,SKU-1,1,1,EUR',
      '1002,,SKU-3,1,2,EUR',
      '1001,ADA@example.com,SKU-1,3,10,EUR',
      ',,SKU-9,1,1,',
    ]);
    expect(end).toMatchObject({ status: 'completed', counts: { total: 7, created: 7, pending: 0 } });
    expect(await orders()).toEqual([
      {
        id: '1003',
        email: null,
        currency: 'EUR',
        total: '1.0000',
        lines: ['1 x SKU-1 at 1.0000'],
      },
      {
        id: '1001',
        email: 'ada@example.com',
        currency: 'EUR',
        total: '56.5000',
        lines: ['2 x SKU-1 at 10.0000', '1 x SKU-2 at 5.5000', '3 x SKU-1 at 10.0000', '1 x SKU-9 at 1.0000'],
      },
      {
        id: '1002',
        email: 'bob@example.com',
        currency: 'EUR',
        total: '7.0000',
        lines: ['1 x SKU-2 at 5.0000', '1 x SKU-3 at 2.0000'],
      },
    ]);
    expect(await outcomes(jobId)).toEqual(Array.from({ length: 7 }, () => 'created'));
    const events = await db.prisma.orderEvent.findMany();
    expect(events.map(({ type, seq, status }) => [type, seq, status])).toEqual(
      Array.from({ length: 3 }, () => ['order.OrderCreated', 1, 'CREATED']),
    );
  });

  test('with one bad line of an order brings in none of it, and says for each line why', async () => {
    const { end, jobId } = await importOrders([
      'a,,SKU-1,1,1,',
      'b,,SKU-1,1,1,',
      'a,,SKU-2,none,1,',
      'a,,SKU-3,1,1,',
      'b,,SKU-3,0,1,',
      'c,,SKU-1,1,1,',
    ]);
    expect(end.counts).toMatchObject({ total: 6, created: 1, rejected: 5 });
    expect(await outcomes(jobId)).toEqual([
      'rejected order_rejected',
      'rejected order_rejected',
      'rejected invalid_integer',
      'rejected order_rejected',
      'rejected too_small',
      'created',
    ]);
    expect((await orders()).map(({ id }) => id)).toEqual(['c']);
  });
});
