import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_IMPORT_OPTIONS, type RecordKind } from '../../contracts/words.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { insertJob } from './job-fixture.ts';
import { type RecordsUnderTest, startRecords } from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(() => under.empty());

describe('an earlier import of the same file', () => {
  const sha256 = 'a'.repeat(64);

  async function insertImport(
    data: Partial<Prisma.JobUncheckedCreateInput> = {},
    kind: RecordKind = 'products',
  ) {
    const id = await insertJob(under.api.database, {
      kind,
      header: null,
      status: 'completed',
      data: { sha256, finishedAt: new Date('2026-11-20T07:00:00.000Z'), ...data },
    });
    return (await readJobSnapshot(under.api.database.pool, id))!;
  }

  test('is the latest one that completed before', async () => {
    await insertImport({ finishedAt: new Date('2026-11-19T07:00:00.000Z') });
    const earlier = await insertImport();
    const again = await insertImport({ status: 'pending', finishedAt: null });
    await insertImport();
    expect(again.earlierImport).toEqual({ jobId: earlier.id, finishedAt: earlier.finishedAt });
    expect((await insertImport({ sha256: 'b'.repeat(64) })).earlierImport).toBeNull();
  });

  test('is none that failed, is under way, was a dry run, or brought another kind', async () => {
    const first = await insertImport({ status: 'failed' });
    await insertImport({ status: 'processing', finishedAt: null });
    await insertImport({
      options: { ...DEFAULT_IMPORT_OPTIONS, dryRun: true } as unknown as Prisma.InputJsonObject,
    });
    await insertImport({}, 'customers');
    await insertImport({ type: 'undo' });
    const again = await insertImport({ status: 'pending', finishedAt: null });
    expect(again.number).toBeGreaterThan(first.number);
    expect(again.earlierImport).toBeNull();
  });
});
