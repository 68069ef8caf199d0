import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEvents } from '../http/legacy-under-test.ts';
import { csv } from '../support/csv.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

let under: StackUnderTest;
beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: '100', LEGACY_OPEN: 'true' },
  });
}, 240_000);
afterAll(async () => {
  await under.stop();
});

/** What a client with nothing but a base address sends: a form with the file in the field `file`. */
async function upload(address: string, content: string): Promise<Response> {
  const body = new FormData();
  body.append('file', new Blob([content], { type: 'text/csv' }), 'upload.csv');
  return await fetch(address, { method: 'POST', body });
}

test('an import that a client of the CSV processing system sends runs to its end, and its stream closes', async () => {
  const base = `${under.stack.apiUrl}/legacy/csv/api`;
  const rows = Array.from({ length: 1_000 }, (_, row) =>
    row % 50 === 7
      ? `Name ${String(row)},no address,,Co`
      : `Name ${String(row)},n${String(row)}@example.com,,Co`,
  );
  const accepted = await upload(`${base}/jobs/upload`, csv('name,email,phone,company', ...rows));
  expect(accepted.status).toBe(200);
  const { jobId } = (await accepted.json()) as { jobId: string };

  const events = (await readEvents(await fetch(`${base}/jobs/${jobId}/stream`))).map(({ data }) => data);
  expect(events.at(-1)).toEqual({
    jobId,
    processedRows: 1_000,
    totalRows: 1_000,
    successCount: 980,
    failedCount: 20,
    status: 'completed',
  });
  const processed = events.map(({ processedRows }) => Number(processedRows));
  expect(processed).toEqual(processed.toSorted((a, b) => a - b));
  const jobs = (await (await fetch(`${base}/jobs`)).json()) as { id: string; errors: unknown[] }[];
  expect(jobs[0]).toMatchObject({ id: jobId, status: 'completed', completedAt: expect.any(String) });
  expect(jobs[0]?.errors).toHaveLength(20);
  const report = await (await fetch(`${base}/jobs/${jobId}/errors.csv`)).text();
  expect(report.split('\n')[1]).toBe('8,Name 7,no address,,Co,invalid email');
  await under.expectInvariants();
}, 90_000);

test('an import that a client of the product import platform sends runs to its end, and its stream closes', async () => {
  const host = under.stack.apiUrl;
  const rows = Array.from({ length: 1_000 }, (_, row) => `L-${String(row)},Mug ${String(row)},1.50,,true`);
  const accepted = await upload(
    `${host}/legacy/catalogue/api/upload`,
    csv('sku,name,price,description,active', ...rows),
  );
  expect(accepted.status).toBe(202);
  const { job_id: jobId, sse_url: address } = (await accepted.json()) as { job_id: string; sse_url: string };

  const events = (await readEvents(await fetch(host + address))).map(({ data }) => data);
  expect(events.at(-1)).toEqual({ event: 'close', job_id: jobId });
  expect(events.at(-2)).toMatchObject({
    status: 'done',
    processed_rows: 1_000,
    total_rows: 1_000,
    percent: 100,
  });
  const statuses = ['queued', 'parsing', 'importing', 'done'];
  const seen = events.slice(0, -1).map(({ status }) => statuses.indexOf(String(status)));
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  const page = await (await fetch(`${host}/legacy/catalogue/api/products?page_size=1`)).json();
  expect(page).toMatchObject({
    items: [{ sku: 'L-999', price: '1.50' }],
    total: 1_000,
    page: 1,
    page_size: 1,
  });
  await under.expectInvariants();
}, 90_000);

test('a bulk delete that an admin sends there deletes all products, and its stream tells of it', async () => {
  const host = under.stack.apiUrl;
  const accepted = await fetch(`${host}/legacy/catalogue/api/products/bulk-delete`, {
    method: 'POST',
    headers: { authorization: under.authorization },
  });
  expect(accepted.status).toBe(202);
  const { job_id: jobId, sse_url: address } = (await accepted.json()) as { job_id: string; sse_url: string };
  const events = (await readEvents(await fetch(host + address))).map(({ data }) => data);
  expect(events.at(-2)).toMatchObject({
    job_id: jobId,
    status: 'done',
    processed_rows: 1_000,
    total_rows: 1_000,
  });
  expect(events.at(-1)).toEqual({ event: 'close', job_id: jobId });
  const page = await (await fetch(`${host}/legacy/catalogue/api/products`)).json();
  expect(page).toEqual({ items: [], total: 0, page: 1, page_size: 20 });
  await under.expectInvariants();
}, 90_000);
