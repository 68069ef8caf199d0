import { afterEach, describe, expect, test, vi } from 'vitest';
import { createRawRecords, type RawRecords } from '../../api/views/raw-records.ts';
import { FileMissingError, type FileStorage } from '../../adapters/storage/storage.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import { RecordCutter } from '../../domain/csv/record-cutter.ts';
import type { ChunkRange } from '../../prisma/repositories/job-rows.ts';
import { readingOf } from '../support/readings.ts';

const BATCH_ROWS = 500;
const ROWS = 5_000;

const records = Array.from({ length: ROWS }, (_, index) => {
  // Groups of 700, so that most batches begin in the middle of one.
  const sku = index % 700 === 0 ? `group-${String(index / 700)}` : '';
  return `${sku},'=name ${String(index + 1)},1\n`;
});
const text = Buffer.from(records.join(''));
const chunk: ChunkRange = {
  number: 1,
  firstRow: 1,
  rows: ROWS,
  isStaged: true,
  byteStart: 0,
  byteEnd: text.length,
};

const plain = readingOf(['sku', 'name', 'price']);
const grouped: Reading = {
  ...plain,
  mapping: { ...plain.mapping, group: { by: 0, begins: 'filled', fillDown: [0] } },
};

function storageOf(read: FileStorage['read']): FileStorage {
  const unused = () => {
    throw new Error('only reads are expected');
  };
  return {
    read,
    write: unused,
    remove: unused,
    list: unused,
    unfinished: unused,
    removeUnfinished: unused,
    check: unused,
  };
}

type WantedRow = Parameters<RawRecords>[1][number];

/** The rows of the file whose number is a multiple, without their text. */
function rowsWithoutText(every = 1): WantedRow[] {
  return Array.from({ length: Math.floor(ROWS / every) }, (_, index) => ({
    row: (index + 1) * every,
    raw: null,
  }));
}

function batchesOf(rows: readonly WantedRow[]): WantedRow[][] {
  const count = Math.ceil(rows.length / BATCH_ROWS);
  return Array.from({ length: count }, (_, at) => rows.slice(at * BATCH_ROWS, (at + 1) * BATCH_ROWS));
}

/** Reads all rows as a download does, and counts what it costs. */
async function readAll(reading: Reading, rows: readonly WantedRow[], bytes = text) {
  const read = vi.fn(() => Promise.resolve(bytes));
  const scanned = vi.spyOn(RecordCutter.prototype, 'advance');
  const raw = createRawRecords(storageOf(read), reading);
  const cells = new Map<number, string[]>();
  for (const batch of batchesOf(rows)) {
    for (const [row, found] of await raw(chunk, batch)) cells.set(row, found);
  }
  return { cells, reads: read.mock.calls.length, scanned: scanned.mock.calls.length };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the records of a chunk, batch after batch', () => {
  test('are each looked at once, and the chunk is read once', async () => {
    const { cells, reads, scanned } = await readAll(plain, rowsWithoutText());
    expect({ reads, scanned }).toEqual({ reads: 1, scanned: ROWS });
    expect(cells.size).toBe(ROWS);
    expect(cells.get(1)).toEqual(['group-0', '=name 1', '1']);
    expect(cells.get(4_999)).toEqual(['', '=name 4999', '1']);
  });

  test('are looked at once where only some are asked for', async () => {
    const { cells, scanned } = await readAll(plain, rowsWithoutText(3));
    expect(scanned).toBe(4_998);
    expect([...cells].every(([row, [, name]]) => row % 3 === 0 && name === `=name ${String(row)}`)).toBe(
      true,
    );
    expect(cells.size).toBe(1_666);
  });

  test('are looked at once where rows take cells from the first one of their group', async () => {
    const { cells, reads, scanned } = await readAll(grouped, rowsWithoutText());
    expect({ reads, scanned }).toEqual({ reads: 1, scanned: ROWS });
    const groups = Array.from({ length: ROWS }, (_, index) => cells.get(index + 1)?.[0]);
    expect(groups).toEqual(records.map((_, index) => `group-${String(Math.floor(index / 700))}`));
  });

  test('that can not be found are looked for once', async () => {
    const broken = Buffer.from(`a,b,1\n"${'x\n'.repeat(ROWS)}`);
    const { cells, scanned } = await readAll(plain, rowsWithoutText(), broken);
    expect([...cells]).toEqual([[1, ['a', 'b', '1']]]);
    expect(scanned).toBe(2);
  });
});

test('rows that come again are found again', async () => {
  const raw = createRawRecords(
    storageOf(() => Promise.resolve(text)),
    grouped,
  );
  const [first, second] = batchesOf(rowsWithoutText());
  const once = await raw(chunk, first!);
  await raw(chunk, second!);
  expect(await raw(chunk, first!)).toEqual(once);
});

test('a file that is gone has no records', async () => {
  const raw = createRawRecords(
    storageOf((key) => Promise.reject(new FileMissingError(key))),
    plain,
  );
  expect(await raw(chunk, rowsWithoutText(1_000))).toEqual(new Map());
});
