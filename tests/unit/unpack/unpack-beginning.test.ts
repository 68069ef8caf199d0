import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { unpackBeginning } from '../../../adapters/unpack/unpack-beginning.ts';
import { inlineRows, workbookOf } from '../../support/xlsx.ts';

const CSV = 'réf,nom\n1,Théière 🫖\n';

describe('the beginning of a file, for a preview', () => {
  test('a whole file comes out whole', async () => {
    const latin = CSV.replace(' 🫖', '');
    for (const [bytes, text] of [
      [Buffer.from(CSV), CSV],
      [Buffer.from(latin, 'latin1'), latin],
      [Buffer.from(`\ufeff${CSV}`, 'utf16le'), CSV],
      [gzipSync(CSV), CSV],
    ] as const) {
      const unpacked = await unpackBeginning(bytes, { isWhole: true });
      expect(unpacked.text.toString()).toBe(text);
      expect(unpacked.isWhole).toBe(true);
    }
  });

  test.each(['utf8', 'utf16le'] as const)(
    'text in %s ends with a whole character wherever it was cut',
    async (encoding) => {
      const bytes = Buffer.from(CSV, encoding);
      for (let length = 24; length < bytes.length; length += 1) {
        const { text, isWhole } = await unpackBeginning(bytes.subarray(0, length), { isWhole: false });
        expect(isWhole).toBe(false);
        expect(text.toString()).not.toContain('\ufffd');
        expect(CSV.startsWith(text.toString())).toBe(true);
      }
    },
  );

  test('of a gzip file, what is there is unpacked, and it is said when there is more', async () => {
    const lines = Array.from({ length: 100_000 }, (_, at) => `${at},é${(at * 7919) % 104_729}`).join('\n');
    const packed = gzipSync(lines);
    const { text, isWhole, source } = await unpackBeginning(packed.subarray(0, packed.length >> 1), {
      isWhole: false,
    });
    expect(isWhole).toBe(false);
    expect(text.length).toBeGreaterThan(200_000);
    expect(lines.startsWith(text.toString())).toBe(true);
    expect(source).toMatchObject({ compression: 'gzip', encoding: 'utf-8' });
    await expect(unpackBeginning(packed.subarray(0, 1_000), { isWhole: true })).rejects.toMatchObject({
      code: 'unreadable_archive',
    });
  });

  test('no more than some megabytes come out, however well it was compressed', async () => {
    const { text, isWhole } = await unpackBeginning(gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a,b\n')), {
      isWhole: true,
    });
    expect(text.length).toBe(4 * 1024 * 1024);
    expect(isWhole).toBe(false);
  });

  test('a workbook has to be whole', async () => {
    const workbook = workbookOf({
      sheets: [
        { name: 'A', rows: inlineRows([['a', 'b'], ['1']]) },
        { name: 'B', rows: inlineRows([['c']]) },
      ],
    });
    expect(await unpackBeginning(workbook, { isWhole: true })).toMatchObject({
      text: Buffer.from('a,b\n1,\n'),
      isWhole: true,
      source: { container: 'xlsx', sheet: 'A', sheets: ['A', 'B'] },
    });
    const named = await unpackBeginning(workbook, { isWhole: true, given: { sheet: 'B' } });
    expect(named.text.toString()).toBe('c\n');
    await expect(unpackBeginning(workbook.subarray(0, 400), { isWhole: false })).rejects.toMatchObject({
      code: 'unsupported_file',
      message: expect.stringMatching(/too large for a preview/),
    });
  });
});
