import { createWriteStream, openAsBlob } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

const MAX_RSS_MB = 300;
const MINUTES = 60_000;

let under: StackUnderTest;
beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    // Two million rows make some 2,400 events: with this bound they go through several runs.
    env: { IMPORT_MAX_HISTORY_EVENTS: '900' },
  });
}, 4 * MINUTES);
afterAll(async () => {
  await under.stop();
});
beforeEach(async () => {
  await under.db.pool.query('TRUNCATE products, staged_rows, row_outcomes, record_changes');
});

/** Writes a file of products, as large as it may be, without holding it. @returns its path */
async function writeProducts(rows: number, description: string): Promise<string> {
  const path = join(under.folder, `products-${rows}.csv`);
  const file = createWriteStream(path);
  file.write('sku,name,price,description,active,stock\n');
  const block = 1_000;
  for (let first = 0; first < rows; first += block) {
    const lines = Array.from({ length: Math.min(block, rows - first) }, (_, index) => {
      const row = first + index;
      return `SKU-${row},Product number ${row},${row % 1_000}.99,${description},true,${row % 50}\n`;
    });
    if (!file.write(lines.join(''))) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return path;
}

/** The most memory that each of our processes has ever held, in megabytes. */
async function peakRssMb(): Promise<Record<string, number>> {
  const peaks: Record<string, number> = {};
  for (const [id, { pid }] of under.stack.services) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    peaks[id] = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  }
  return peaks;
}

async function expectSmallProcesses(): Promise<void> {
  const peaks = await peakRssMb();
  expect(Object.keys(peaks).sort()).toEqual(['api', 'apply', 'orders', 'parse', 'webhooks', 'workflows']);
  for (const [id, peak] of Object.entries(peaks))
    expect(peak, `peak memory of ${id}`).toBeLessThan(MAX_RSS_MB);
}

test(
  'two million rows go in through continue-as-new, in bounded memory and history',
  async () => {
    const rows = 2_000_000;
    const job = await under.post(await openAsBlob(await writeProducts(rows, 'A description')));
    const ended = await under.waitFor(job.id, 'completed', 'failed', 'needs_attention');
    expect(ended).toMatchObject({ status: 'completed', counts: { total: rows, created: rows, pending: 0 } });

    const temporal = createTemporalClient({
      TEMPORAL_ADDRESS: under.stack.temporalAddress,
      TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
    });
    const lengths: number[] = [];
    for await (const run of temporal.workflow.list({ query: `WorkflowId = '${jobWorkflowId(job)}'` })) {
      lengths.push(run.historyLength);
    }
    await temporal.connection.close();
    expect(lengths.length).toBeGreaterThan(1);
    expect(Math.max(...lengths)).toBeLessThan(4_096);
    await expectSmallProcesses();
    await under.expectInvariants();
  },
  15 * MINUTES,
);

test(
  'a file of 512 MB goes in, and does not show in the memory of any process',
  async () => {
    const rows = 400_000;
    const job = await under.post(await openAsBlob(await writeProducts(rows, 'x'.repeat(1_300))));
    expect(job.sizeBytes).toBeGreaterThan(512 * 1024 * 1024);
    const ended = await under.waitFor(job.id, 'completed', 'failed', 'needs_attention');
    expect(ended).toMatchObject({ status: 'completed', counts: { total: rows, created: rows } });
    await expectSmallProcesses();
  },
  15 * MINUTES,
);

test(
  'an upload that breaks at half its length leaves neither a row nor a file',
  async () => {
    const files = join(under.stack.dataDir, 'files');
    const filesBefore = await storedFiles(files);
    const jobsBefore = await under.db.prisma.job.count();
    const boundary = 'half-an-upload';
    const half = `--${boundary}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nproducts\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="half.csv"\r\n\r\nsku,name,price\r\n`;
    const upload = request(`${under.stack.apiUrl}/api/imports`, {
      method: 'POST',
      headers: {
        authorization: under.authorization,
        'content-type': `multipart/form-data; boundary=${boundary}`,
        'content-length': 50_000_000,
      },
    });
    upload.on('error', () => undefined);
    upload.write(half);
    upload.write('x'.repeat(25_000_000));
    await until(async () => (await readdir(join(files, 'incoming'))).length > 0);
    upload.destroy();
    await until(async () => (await readdir(join(files, 'incoming'))).length === 0);
    expect(await storedFiles(files)).toEqual(filesBefore);
    expect(await under.db.prisma.job.count()).toBe(jobsBefore);
  },
  2 * MINUTES,
);

async function storedFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}
