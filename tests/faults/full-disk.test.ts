import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Problem } from '../../contracts/http/problem.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import { checkInvariants } from '../../scripts/invariants/index.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { mountSmallDisk, type SmallDisk } from '../support/small-disk.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

/**
 * A real disk that fills up in the middle of a write, below all processes. Where no file system can be made, as without the
 * right to mount one, these are skipped; tests/http/imports.test.ts has a storage that fails after some bytes.
 */
const MIB = 1024 * 1024;
const probe = await mkdtemp(join(tmpdir(), 'longshore-test-disk-'));
const disk: SmallDisk | undefined = await mountSmallDisk(probe, 4 * MIB);
if (disk === undefined) {
  process.stderr.write('SKIPPED: the tests with a full disk need the right to mount a file system\n');
}

describe.skipIf(disk === undefined)('a disk that fills up', () => {
  let under: StackUnderTest;

  beforeAll(async () => {
    under = await startStackUnderTest({
      postgresSettings: { fsync: 'off' },
      env: {
        STORAGE_DIR: probe,
        IMPORT_CHUNK_ROWS: '5000',
        IMPORT_RETRY_DELAYS_MS: '50,50',
        HOUSEKEEPING_INTERVAL_MS: '1000',
      },
    });
  }, 240_000);
  afterAll(async () => {
    await under.stop();
    await disk!.remove();
  });
  afterEach(async () => {
    const temporal = createTemporalClient({
      TEMPORAL_ADDRESS: under.stack.temporalAddress,
      TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
    });
    const reports = await checkInvariants({
      db: under.db,
      temporal,
      storage: createLocalFolderStorage(probe),
    });
    await temporal.connection.close();
    expect(reports.flatMap(({ broken }) => broken)).toEqual([]);
  }, 120_000);

  const files = async (): Promise<string[]> =>
    (await readdir(probe, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);

  async function upload(content: Blob): Promise<Response> {
    const form = new FormData();
    form.set('kind', 'products');
    form.set('file', content, 'test.csv');
    return await fetch(`${under.stack.apiUrl}/api/imports`, {
      method: 'POST',
      headers: { authorization: under.authorization, 'idempotency-key': `size-${content.size}` },
      body: form,
    });
  }

  /** A table of products of some size, most of it in one column. */
  function table(name: string, sizeBytes: number): string {
    const description = 'x'.repeat(960);
    const rows = Array.from(
      { length: Math.ceil(sizeBytes / 1_000) },
      (_, row) => `${name}-${row},Mug,1,${description}`,
    );
    return ['sku,name,price,description', ...rows, ''].join('\n');
  }

  test('refuses the upload with 503 and leaves nothing of it; once there is room the same one is accepted', async () => {
    const content = new Blob([table('upload', 6 * MIB)]);
    const response = await upload(content);
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({ status: 503, type: '/problems/unavailable' });
    expect(problem.detail).toMatch(/file storage/);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await files()).toEqual([]);
    expect(await under.db.prisma.job.count()).toBe(0);

    await disk!.resize(20 * MIB);
    const again = await upload(content);
    expect(again.status).toBe(202);
    const job = await under.waitFor(((await again.json()) as Job).id, 'completed');
    expect(job.counts.created).toBe(job.counts.total);
  }, 120_000);

  test('parks the reading of a file that must be unpacked, leaves no part of it, and a retry reads it', async () => {
    const kept = await files();
    // The first test left 6 MB on it.
    await disk!.resize(8 * MIB);
    const response = await upload(new Blob([gzipSync(table('unpacked', 12 * MIB))]));
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as Job;
    const parked = await under.waitFor(id, 'needs_attention');
    expect(parked).toMatchObject({ stage: 'reading', failure: { code: 'storage_unavailable' } });
    const recovery = (await (await under.get(`/api/jobs/${id}/recovery`)).json()) as Recovery;
    expect(recovery.parked).toMatchObject([{ part: 'reading', attempts: 3 }]);
    expect(recovery.parked[0]?.message).toContain('ENOSPC');
    expect((await files()).sort()).toEqual([...kept, id].sort());

    await disk!.resize(40 * MIB);
    const retried = await under.send(`/api/jobs/${id}/retry`, { reason: 'the disk has room again' });
    expect(retried.status).toBe(200);
    const job = await under.waitFor(id, 'completed');
    expect(job.counts.created).toBe(job.counts.total);
    expect(job.counts.total).toBeGreaterThan(12_000);
  }, 120_000);
});

afterAll(() => rm(probe, { recursive: true, force: true }));
