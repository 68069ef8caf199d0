import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS } from '../../contracts/events/index.ts';
import type { EventType } from '../../contracts/events/types.ts';
import { MAX_CHANGES, recordsChangedV2 } from '../../contracts/events/record-events.ts';
import { encodeEvent } from '../../domain/webhooks/encode-event.ts';
import { inTransaction } from '../../prisma/client.ts';
import { listMissingEvents, listWrongRowEvents } from '../../prisma/repositories/event-invariants.ts';
import { markWorkflowClosed } from '../../prisma/repositories/job-verbs.ts';
import { parkPart } from '../../prisma/repositories/parked-parts.ts';
import { removeOldEvents } from '../../prisma/repositories/events.ts';
import { csv } from '../support/csv.ts';
import {
  beginBulkDelete,
  bulkDelete,
  type ImportBench,
  openImportBench,
  undoJob,
} from '../support/import-bench.ts';
import { addEndpoint, webhookSteps, writeProduct } from '../support/webhook-bench.ts';

let bench: ImportBench;

beforeAll(async () => {
  bench = await openImportBench();
});
afterAll(() => bench.close());
beforeEach(() => bench.empty());

interface EventRow {
  id: string;
  type: string;
  version: number;
  correlation_id: string;
  data: unknown;
  created_at: Date;
  announced_at: Date | null;
}

/** What would be sent, each held against the contract of its type. */
async function announced() {
  const steps = webhookSteps(bench);
  while ((await steps.announceEvents()).more);
  const { rows } = await bench.db.pool.query<EventRow>('SELECT * FROM events ORDER BY number');
  return rows.map((row) => {
    expect(row.announced_at).not.toBeNull();
    const { id, type, version, data } = row;
    const correlationId = row.correlation_id;
    const body = encodeEvent({
      id,
      type,
      version,
      timestamp: row.created_at.toISOString(),
      correlationId,
      data,
    });
    expect(body.length).toBeLessThan(20_000);
    return EVENTS[type as EventType].schema.parse(JSON.parse(body.toString()));
  });
}

const FILE = csv('sku,name,price', 'A,Mug,1', 'B,Pot,2', 'C,Pan,bad');

describe('an import', () => {
  test('sends one summary, whose id comes from the job', async () => {
    const { jobId, ref } = await bench.importFile({ content: FILE });
    const [event, ...others] = await announced();
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      id: `${jobId}.completed`,
      type: 'import.completed',
      version: 2,
      correlationId: jobId,
      data: {
        jobId,
        kind: 'products',
        filename: 'test.csv',
        dryRun: false,
        failureCode: null,
        counts: { total: 3, created: 2, rejected: 1, pending: 0 },
      },
    });
    // An attempt to finish that is repeated ends nothing.
    await bench.steps().finishJob(ref);
    expect(await announced()).toHaveLength(1);
  });

  test('that fails says why', async () => {
    const { jobId } = await bench.importFile({ content: 'nothing,that,fits\n1,2,3\n' });
    expect(await announced()).toMatchObject([
      { id: `${jobId}.failed`, type: 'import.failed', data: { failureCode: 'missing_columns' } },
    ]);
  });

  test('sends nothing with notify=none', async () => {
    await bench.importFile({ content: FILE, options: { notify: 'none' } });
    expect(await announced()).toEqual([]);
  });

  test('tells that it was a dry run', async () => {
    await bench.importFile({ content: FILE, options: { dryRun: true, notify: 'rows' } });
    expect(await announced()).toMatchObject([{ type: 'import.completed', data: { dryRun: true } }]);
  });

  test('needs attention once each time, under an id of its own each time, with the error of the parked part', async () => {
    const { jobId } = await bench.importFile({ content: FILE });
    const reopen = `UPDATE jobs SET status = 'processing', stage = 'applying', finished_at = NULL`;
    const part = { stage: 'resolving', chunk: null } as const;
    const failure = { code: 'storage_unavailable', message: 'x', attempts: 4 };
    for (let time = 0; time < 2; time += 1) {
      await bench.db.pool.query(reopen);
      await inTransaction(bench.db.pool, (client) => parkPart(client, jobId, part, failure));
      await inTransaction(bench.db.pool, (client) => parkPart(client, jobId, part, failure));
    }
    expect((await announced()).slice(1)).toMatchObject([
      { id: `${jobId}.needs_attention`, data: { failureCode: 'storage_unavailable' } },
      { id: `${jobId}.needs_attention.2`, data: { failureCode: 'storage_unavailable' } },
    ]);
  });

  test('has an id of its own each time also where the first events have gone', async () => {
    const { jobId, ref } = await bench.importFile({ content: FILE });
    const park = async (): Promise<void> => {
      await bench.db.pool.query(
        `UPDATE jobs SET status = 'processing', stage = 'resolving', finished_at = NULL WHERE id = $1`,
        [jobId],
      );
      const failure = { code: 'database_error', message: 'in a test', attempts: 1 };
      await inTransaction(bench.db.pool, (client) =>
        parkPart(client, ref.jobId, { stage: 'resolving', chunk: null }, failure),
      );
    };
    await park();
    await park();
    await bench.db.pool.query('DELETE FROM events WHERE id = $1', [`${jobId}.needs_attention`]);
    await park();
    const { rows } = await bench.db.pool.query<{ id: string }>(
      `SELECT id FROM events WHERE type LIKE '%needs_attention' ORDER BY number`,
    );
    expect(rows.map(({ id }) => id)).toEqual([2, 3].map((n) => `${jobId}.needs_attention.${String(n)}`));
  });

  test('whose workflow is gone needs attention', async () => {
    const { jobId } = await bench.importFile({ content: FILE });
    await bench.db.pool.query(`UPDATE jobs SET status = 'processing', stage = 'applying', revision = 7`);
    await inTransaction(bench.db.pool, (client) => markWorkflowClosed(client, jobId, 7));
    expect((await announced()).at(-1)).toMatchObject({ data: { failureCode: 'workflow_closed' } });
  });
});

describe('a bulk delete', () => {
  test('sends its end and its counts, its undo sends nothing', async () => {
    await bench.importFile({ content: FILE, options: { notify: 'none' } });
    const { jobId } = await bulkDelete(bench);
    await undoJob(bench, jobId);
    expect(await announced()).toMatchObject([
      {
        id: `${jobId}.completed`,
        type: 'bulk_delete.completed',
        correlationId: jobId,
        data: {
          jobId,
          createdBy: 'tester',
          counts: { total: 2, deleted: 2, kept: 0, failed: 0, pending: 0 },
        },
      },
    ]);
  });

  test('with notify=rows tells of each record that it deleted once, and not of those that it kept', async () => {
    const content = csv('sku,name,price', 'A,Mug,1', 'B,Pot,2', 'C,Pan,3', 'D,Cup,4');
    await bench.importFile({ content, options: { notify: 'none' } });
    const { rows: records } = await bench.db.pool.query<{ id: string; key: string }>(
      `SELECT id, sku_key AS key FROM products WHERE sku <> 'B' ORDER BY id`,
    );
    const { jobId, number, ref, steps } = await beginBulkDelete(bench, { notify: 'rows' });
    await bench.db.pool.query(`UPDATE products SET version = version + 1 WHERE sku = 'B'`);
    for (const chunk of [1, 2, 1]) await steps.deleteChunk({ ...ref, chunk });
    await steps.finishJob(ref);
    const events = await announced();
    const batches = events.filter(({ type }) => type === 'records.changed');
    const told = batches.flatMap((batch) => recordsChangedV2.parse(batch).data.changes);
    expect(told.toSorted((a, b) => a.row - b.row).map(({ id, key }) => ({ id, key }))).toEqual(records);
    expect(new Set(told.map(({ operation }) => operation))).toEqual(new Set(['deleted']));
    expect(batches.every(({ correlationId }) => correlationId === jobId)).toBe(true);
    const { rows } = await bench.db.pool.query<{ row: number }>(
      `SELECT "row" FROM row_outcomes WHERE job_number = $1 AND outcome = 'deleted' ORDER BY "row"`,
      [number],
    );
    expect(told.map(({ row }) => row).sort()).toEqual(rows.map(({ row }) => row));
    expect(await listWrongRowEvents(bench.db.pool)).toEqual([]);
    expect(await listMissingEvents(bench.db.pool)).toEqual([]);
  });
});

describe('an import with notify=rows', () => {
  const keys = (rows: number): string[] => Array.from({ length: rows }, (_, row) => `K-${row}`);
  const contentOf = (rows: readonly string[], price = 1): string =>
    csv('sku,name,price', ...rows.map((key) => `${key},Mug,${price}`));
  const options = { notify: 'rows' } as const;

  async function changes() {
    const batches = (await announced()).filter(({ type }) => type === 'records.changed');
    return batches.map((batch) => recordsChangedV2.parse(batch).data.changes);
  }

  test('tells of each record that it wrote once, in batches', async () => {
    await bench.importFile({ content: contentOf(keys(100)), options: { notify: 'none' } });
    const limits = { IMPORT_CHUNK_ROWS: 150 };
    const rows = [...keys(100).slice(0, 50), ...keys(400).slice(100)];
    const { jobId } = await bench.importFile({ content: contentOf(rows, 2), options }, limits);
    const batches = await changes();
    // Three chunks, of 150, 150 and 50 rows.
    expect(batches.map((batch) => batch.length).sort((a, b) => b - a)).toEqual([
      MAX_CHANGES,
      MAX_CHANGES,
      50,
      50,
      50,
    ]);
    // The chunks were applied in any order.
    const all = batches.flat().toSorted((a, b) => a.row - b.row);
    expect(all.map(({ row }) => row)).toEqual(rows.map((_, index) => index + 1));
    expect(all.map(({ operation }) => operation)).toEqual(
      rows.map((_, n) => (n < 50 ? 'updated' : 'created')),
    );
    const { rows: records } = await bench.db.pool.query<{ id: string; key: string }>(
      `SELECT id, sku_key AS key FROM products WHERE last_change = $1 ORDER BY last_change_row`,
      [jobId],
    );
    expect(all.map(({ id, key }) => ({ id, key }))).toEqual(records);
  });

  test('keeps each event below 20 kB, however long the keys are', async () => {
    const long = keys(150).map((key) => `${key}-${'ü"\\'.repeat(80)}`);
    const content = csv('sku,name,price', ...long.map((key) => `"${key.replaceAll('"', '""')}",Mug,1`));
    await bench.importFile({ content, options }, { IMPORT_CHUNK_ROWS: 150 });
    const batches = await changes();
    expect(batches.flat()).toHaveLength(150);
    expect(batches.length).toBeGreaterThan(4);
  });

  test('tells of rows that were applied later, and of those only', async () => {
    const { jobId } = await bench.importFile({ content: contentOf(keys(4)), options });
    expect((await changes()).flat()).toHaveLength(4);
    // As when a row of the second chunk was repaired: the chunk is applied once more.
    await bench.db.pool.query(`DELETE FROM row_outcomes WHERE "row" = 4`);
    await bench.db.pool.query(`DELETE FROM products WHERE sku = 'K-3'`);
    await bench.db.pool.query(
      `UPDATE chunks SET applied_at = NULL, created = created - 1, revision = revision + 1 WHERE number = 2`,
    );
    await bench.db.pool.query(
      `UPDATE jobs SET status = 'processing', stage = 'applying', finished_at = NULL`,
    );
    await bench.db.pool.query(`DELETE FROM events WHERE id = $1 AND data @? '$.changes[*] ? (@.row == 4)'`, [
      `${jobId}.rows.2.1`,
    ]);
    await bench.steps().takeTurn({ jobId, retryDelaysMs: [] });
    await bench.steps().applyChunk({ jobId, retryDelaysMs: [], chunk: 2 });
    const all = (await changes()).flat();
    expect(all.map(({ row }) => row).sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('a request that writes a record', () => {
  test('sends what it wrote and what was there before, with exact decimals', async () => {
    const [first, second] = [uuidv7(), uuidv7()];
    await writeProduct(bench.db, { sku: 'A', price: '123456789012345.6789', changeId: first });
    await writeProduct(bench.db, { sku: 'A', price: '20', changeId: second });
    expect(await announced()).toMatchObject([
      {
        id: first,
        type: 'product.created',
        data: {
          by: 'ada',
          version: 1,
          values: { sku: 'A', price: '123456789012345.6789', active: true, stock: 0 },
        },
      },
      {
        id: second,
        type: 'product.updated',
        correlationId: second,
        data: { version: 2, values: { price: '20.00' }, before: { price: '123456789012345.6789' } },
      },
    ]);
  });

  test('sends the last values of what it deleted', async () => {
    const changeId = uuidv7();
    await inTransaction(bench.db.pool, async (client) => {
      await client.query(
        `INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before, changed_by)
         VALUES ($1, 0, 'customers', uuidv7(), 'deleted', '{"email": "a@b.example", "name": "Ada", "company": "B", "phone": null}', 'ada')`,
        [changeId],
      );
    });
    expect(await announced()).toMatchObject([
      { id: changeId, type: 'customer.deleted', data: { values: { email: 'a@b.example', phone: null } } },
    ]);
  });

  test('sends nothing when it does not commit', async () => {
    const changeId = uuidv7();
    await expect(writeProduct(bench.db, { sku: 'A', changeId, fail: true })).rejects.toThrow('not this time');
    expect(await announced()).toEqual([]);
  });
});

describe('announcing', () => {
  test('makes one delivery for each endpoint that has subscribed, however often it is done and by how many', async () => {
    const url = 'http://127.0.0.1:1/';
    const all = await addEndpoint(bench.db, url);
    const group = await addEndpoint(bench.db, url, ['product.*']);
    const type = await addEndpoint(bench.db, url, ['product.updated', 'import.*']);
    await addEndpoint(bench.db, url, ['customer.*', 'order.*']);
    const off = await addEndpoint(bench.db, url);
    await bench.db.pool.query('UPDATE webhook_endpoints SET active = false WHERE id = $1', [off.id]);
    for (let n = 0; n < 30; n += 1) await writeProduct(bench.db, { sku: `S${n % 20}`, changeId: uuidv7() });

    const steps = webhookSteps(bench);
    await Promise.all([steps.announceEvents(), steps.announceEvents(), steps.announceEvents()]);
    const { rows } = await bench.db.pool.query<{ endpoint_id: string; deliveries: number }>(
      `SELECT endpoint_id, count(*)::int AS deliveries FROM webhook_deliveries GROUP BY endpoint_id`,
    );
    expect(Object.fromEntries(rows.map(({ endpoint_id, deliveries }) => [endpoint_id, deliveries]))).toEqual({
      [all.id]: 30,
      [group.id]: 30,
      [type.id]: 10,
    });
    expect(new Set(steps.woken)).toEqual(new Set([all, group, type].map(({ id }) => `webhook-${id}`)));
  });

  test('finds an event that committed after later ones', async () => {
    const slow = await bench.db.pool.connect();
    await slow.query('BEGIN');
    await slow.query(
      `INSERT INTO events (id, type, correlation_id, data) VALUES ('slow', 'webhook.test', 'x', '{"endpointId": "0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11", "message": "x"}')`,
    );
    await writeProduct(bench.db, { sku: 'A', changeId: uuidv7() });
    expect(await announced()).toHaveLength(1);
    await slow.query('COMMIT');
    slow.release();
    expect((await announced()).map(({ id }) => id)).toContain('slow');
  });

  test('is not held up by an event that nobody understands', async () => {
    await bench.db.pool.query(
      `INSERT INTO events (id, type, correlation_id, source) VALUES ('odd', 'x.created', 'x', '{"kind": "x", "operation": "created"}')`,
    );
    await writeProduct(bench.db, { sku: 'A', changeId: uuidv7() });
    expect(await webhookSteps(bench).announceEvents()).toEqual({ more: false });
    const { rows } = await bench.db.pool.query('SELECT id FROM events WHERE announced_at IS NULL');
    expect(rows).toEqual([{ id: 'odd' }]);
  });
});

test('old events go with their deliveries, those that are on their way stay', async () => {
  const endpoint = await addEndpoint(bench.db, 'http://127.0.0.1:1/');
  await bench.db.pool.query(
    `INSERT INTO events (id, type, correlation_id, data, created_at, announced_at)
     SELECT id, 'webhook.test', 'x', '{}', at, announced
       FROM (VALUES ('old', now() - interval '40 days', now()), ('waiting', now() - interval '40 days', now()),
                    ('unannounced', now() - interval '40 days', NULL), ('new', now(), now())) e (id, at, announced)`,
  );
  await bench.db.pool.query(
    `INSERT INTO webhook_deliveries (endpoint_id, event_id, status, next_try_at)
     VALUES ($1, 'old', 'delivered', NULL), ($1, 'waiting', 'pending', now()), ($1, 'new', 'delivered', NULL)`,
    [endpoint.id],
  );
  expect(await removeOldEvents(bench.db.pool, 30, 100)).toBe(1);
  const { rows } = await bench.db.pool.query<{ id: string }>('SELECT id FROM events ORDER BY id');
  expect(rows.map(({ id }) => id)).toEqual(['new', 'unannounced', 'waiting']);
  const deliveries = await bench.db.pool.query('SELECT FROM webhook_deliveries');
  expect(deliveries.rowCount).toBe(2);
});
