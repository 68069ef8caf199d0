import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { originalKeyOf } from '../../../adapters/storage/derived-key.ts';
import { createLocalFolderStorage } from '../../../adapters/storage/local-folder.ts';
import { FileMissingError, type FileStorage } from '../../../adapters/storage/storage.ts';
import type { UnpackLimits } from '../../../adapters/unpack/unpack-budget.ts';
import { type UnpackedFile, unpackFile } from '../../../adapters/unpack/unpack-file.ts';
import type { FileErrorCode } from '../../../contracts/errors.ts';
import type { GivenSource } from '../../../domain/csv/file-source.ts';
import { inlineRows, workbookEntries, workbookOf, zipOf } from '../../support/xlsx.ts';

let folder: string;
let storage: FileStorage;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-unpack-'));
  storage = createLocalFolderStorage(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const MIB = 1024 * 1024;
const LIMITS: UnpackLimits = {
  IMPORT_MAX_UNPACKED_BYTES: 64 * MIB,
  IMPORT_MAX_COMPRESSION_RATIO: 200,
  IMPORT_MAX_SHARED_STRINGS_BYTES: MIB,
  IMPORT_MAX_RECORD_BYTES: 256 * 1024,
};

async function upload(content: Buffer | string): Promise<{ key: string; sizeBytes: number }> {
  files += 1;
  const key = `upload-${String(files).padStart(4, '0')}`;
  const bytes = Buffer.from(content as string);
  await storage.write(key, Readable.from([bytes]));
  return { key, sizeBytes: bytes.length };
}

async function unpack(
  content: Buffer | string,
  { given, limits = {} }: { given?: GivenSource; limits?: Partial<UnpackLimits> } = {},
): Promise<UnpackedFile & { original: string; bytes: Buffer; text: string }> {
  const file = await upload(content);
  const unpacked = await unpackFile({
    storage,
    ...file,
    given: given ?? {},
    limits: { ...LIMITS, ...limits },
  });
  const bytes = await storage.read(unpacked.key, { start: 0, end: unpacked.sizeBytes + 1 });
  expect(bytes.length).toBe(unpacked.sizeBytes);
  return { ...unpacked, original: file.key, bytes, text: bytes.toString() };
}

/** Nothing of a file that can't be read is left beside it. */
async function expectRefused(
  content: Buffer | string,
  code: FileErrorCode,
  message: RegExp,
  options: Parameters<typeof unpack>[1] = {},
): Promise<void> {
  const before = await storedFiles();
  await expect(unpack(content, options)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  expect((await storedFiles()).length).toBe(before.length + 1);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
}

async function storedFiles(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const CSV = 'réf,nom\n1,Théière\n2,"Pâté, ""fin"""\n';

describe('text', () => {
  test.each([
    ['plain', CSV],
    ['ASCII', 'sku,name\nA,Mug\n'],
    ['with a byte order mark', `\ufeff${CSV}`],
    ['empty', ''],
  ])('UTF-8 stays where it is: %s', async (_, content) => {
    const before = (await storedFiles()).length;
    const { key, original, sizeBytes, source } = await unpack(content);
    expect(key).toBe(original);
    expect(sizeBytes).toBe(Buffer.byteLength(content));
    expect(source).toMatchObject({ container: 'csv', compression: null, encoding: 'utf-8', sheet: null });
    expect((await storedFiles()).length).toBe(before + 1);
  });

  test('of a file that stays, only its first bytes are read', async () => {
    const file = await upload(Buffer.from(CSV.repeat(50_000)));
    const ends: number[] = [];
    const watched: FileStorage = {
      ...storage,
      read: (key, range, into) => {
        ends.push(range.end);
        return storage.read(key, range, into);
      },
    };
    await unpackFile({ storage: watched, ...file, limits: LIMITS });
    expect(ends).toEqual([256 * 1024]);
  });

  test.each(['latin1', 'utf16le'] as const)('%s becomes UTF-8, over block borders too', async (encoding) => {
    const content = CSV.repeat(30_000);
    const { key, original, text, source } = await unpack(Buffer.from(content, encoding));
    expect(text === content).toBe(true);
    expect(key).not.toBe(original);
    expect(originalKeyOf(key)).toBe(original);
    expect(source.encoding).toBe(encoding === 'latin1' ? 'windows-1252' : 'utf-16le');
  });

  test('the byte order mark of UTF-16 is gone, and big-endian text is read as well', async () => {
    const marked = Buffer.from(`\ufeff${CSV}`, 'utf16le');
    expect((await unpack(marked)).text).toBe(CSV);
    expect((await unpack(Buffer.from(marked).swap16())).text).toBe(CSV);
  });

  test('a file that looked like ASCII is read in windows-1252 once that is asked for', async () => {
    const content = Buffer.concat([
      Buffer.from('a,b\n1,2\n'.repeat(50_000)),
      Buffer.from([0xe9, 0x80, 0x0a]),
    ]);
    const first = await unpack(content);
    expect(first.source).toMatchObject({ encoding: 'utf-8', encodingCertain: false });
    const second = await unpackFile({
      storage,
      key: first.key,
      sizeBytes: first.sizeBytes,
      given: { encoding: 'cp1252' },
      limits: LIMITS,
    });
    expect(second.source).toMatchObject({ encoding: 'windows-1252', encodingCertain: true });
    const end = await storage.read(second.key, { start: second.sizeBytes - 6, end: second.sizeBytes });
    expect(end.toString()).toBe('é€\n');
  });

  test('a given encoding wins over a wrong guess', async () => {
    const { text, source } = await unpack(Buffer.from('a\n\xe9\n', 'latin1'), {
      given: { encoding: 'koi8-r' },
    });
    expect(text).toBe('a\nИ\n');
    expect(source.encodingConfidence).toBe(1);
  });

  test('bytes that are no character of the encoding leave a row that is not UTF-8, not a sign in their place', async () => {
    const good = Buffer.from('\ufeffa,b\n1,č\n', 'utf16le');
    const loneSurrogate = Buffer.from([0x00, 0xd8, 0x0a, 0x00]);
    const { bytes } = await unpack(Buffer.concat([good, loneSurrogate, Buffer.from('2,x\n', 'utf16le')]));
    expect(bytes.toString('latin1')).toBe(`${Buffer.from('a,b\n1,č\n').toString('latin1')}\xff\n2,x\n`);
    const cutOff = await unpack(good.subarray(0, good.length - 1));
    expect(cutOff.bytes.at(-1)).toBe(0xff);
  });

  test.each([
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'unsupported_file', /a picture/],
    ['a rich text', '{\\rtf1\\ansi a,b}', 'unsupported_file', /a text document/],
    ['a PDF', Buffer.from('%PDF-1.7\n'), 'unsupported_file', /PDF/],
    [
      'an old workbook',
      Buffer.from('d0cf11e0a1b11ae1000000', 'hex'),
      'unsupported_file',
      /\.xls\).*password/,
    ],
    ['UTF-32', Buffer.from('fffe0000610000002c000000', 'hex'), 'unsupported_file', /UTF-32/],
    ['a program', Buffer.from(Array.from({ length: 4_000 }, (_, at) => at % 32)), 'not_text', /not a text/],
  ] as const)('%s is refused', async (_, content, code, message) => {
    await expectRefused(content, code, message);
  });

  test('a table that begins with the letters of another format is a table', async () => {
    for (const content of ['PAR1,PAR2\n1,2\n', 'GIF89,x\n', 'RIFF;y\n']) {
      expect((await unpack(content)).text).toBe(content);
    }
  });

  test('an encoding that nobody knows is refused', async () => {
    await expectRefused(CSV, 'not_text', /"ebcdic" is not known/, { given: { encoding: 'ebcdic' } });
  });
});

describe('gzip', () => {
  test('is unpacked, in whatever encoding the text is', async () => {
    const plain = await unpack(gzipSync(CSV));
    expect(plain.text).toBe(CSV);
    expect(plain.source).toMatchObject({ compression: 'gzip', encoding: 'utf-8', container: 'csv' });
    expect(originalKeyOf(plain.key)).toBe(plain.original);
    expect((await unpack(gzipSync(Buffer.from(CSV, 'latin1')))).text).toBe(CSV);
    expect((await unpack(gzipSync(Buffer.from(`\ufeff${CSV}`, 'utf16le')))).text).toBe(CSV);
  });

  test('members after each other are one file', async () => {
    const { text } = await unpack(Buffer.concat([gzipSync('a,b\n'), gzipSync('1,2\n'), gzipSync('3,4\n')]));
    expect(text).toBe('a,b\n1,2\n3,4\n');
  });

  test('an empty one is an empty file', async () => {
    expect((await unpack(gzipSync(''))).sizeBytes).toBe(0);
  });

  test('one that was cut off or damaged is refused whole', async () => {
    const packed = gzipSync(Array.from({ length: 50_000 }, (_, at) => `${at},${at * 7919}`).join('\n'));
    await expectRefused(packed.subarray(0, packed.length - 10), 'unreadable_archive', /can not be unpacked/);
    await expectRefused(packed.subarray(0, 5), 'unreadable_archive', /can not be unpacked/);
    const flipped = Buffer.from(packed);
    flipped.writeUInt32LE(1, packed.length - 8);
    await expectRefused(flipped, 'unreadable_archive', /can not be unpacked/);
  });

  test('a bomb is stopped by its size and by its ratio', async () => {
    await expectRefused(gzipSync(Buffer.alloc(12 * MIB, 'a,b\n')), 'unpacked_too_large', /200 times/);
    await expectRefused(gzipSync(Buffer.alloc(3 * MIB, 'a,b\n')), 'unpacked_too_large', /more than 2097152/, {
      limits: { IMPORT_MAX_UNPACKED_BYTES: 2 * MIB },
    });
  });

  test('small files may be compressed as well as they like', async () => {
    expect((await unpack(gzipSync(Buffer.alloc(9 * MIB, 'a,b\n')))).sizeBytes).toBe(9 * MIB);
  });

  test('archives in it are refused', async () => {
    await expectRefused(gzipSync(gzipSync(CSV)), 'unsupported_file', /another compressed file/);
    const workbook = workbookOf({ sheets: [{ name: 'S', rows: inlineRows([['a']]) }] });
    await expectRefused(gzipSync(workbook), 'unsupported_file', /a workbook or a zip/);
  });
});

describe('workbooks', () => {
  test('a sheet becomes CSV, line n from row n', async () => {
    const rows = [
      '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c></row>',
      '<row r="3"><c r="A3"><v>19.900000000000002</v></c><c r="B3" t="b"><v>1</v></c><c r="C3" t="e"><v>#N/A</v></c></row>',
      '<row r="5"><c r="A5" s="1"><v>45351</v></c><c r="B5" s="2"><v>501</v></c><c r="C5" t="str"><f>A1&amp;"x"</f><v>made, of "x"</v></c></row>',
      '<row r="6"><c r="A6" t="inlineStr"><is><r><t>in</t></r><r><t xml:space="preserve"> pieces</t></r></is></c></row>',
      '<row r="9"><c r="A9" s="0"/></row>',
    ];
    const { text, source } = await unpack(
      workbookOf({
        sheets: [{ name: 'Stock', rows: rows.join('') }],
        strings:
          '<si><t>sku</t></si><si><r><t>two</t></r><r><t>&#10;li_x000D_nes</t></r><rPh><t>spoken</t></rPh></si>',
        formats: [0, 14, '00000'],
      }),
    );
    expect(text).toBe(
      '\nsku,,"two\nli\rnes"\n19.9,true,#N/A\n\n2024-02-29,00501,"made, of ""x"""\nin pieces,,\n',
    );
    expect(source).toEqual({
      container: 'xlsx',
      compression: null,
      encoding: 'utf-8',
      encodingConfidence: 1,
      encodingCertain: true,
      sheet: 'Stock',
      sheets: ['Stock'],
    });
  });

  test('cells that are only formatted make no rows and no columns', async () => {
    const rows =
      '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c><c r="Z1" s="1"/></row>' +
      '<row r="2"><c r="A2"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>';
    expect((await unpack(workbookOf({ sheets: [{ name: 'S', rows }] }))).text).toBe('a,b\n1,\n');
  });

  test('the first visible sheet with something in it is read; another one when it is named', async () => {
    const sheets = [
      { name: 'Hidden', state: 'hidden' as const, rows: inlineRows([['secret']]) },
      { name: 'Empty', rows: '<row r="1"><c r="A1" s="0"/></row>' },
      { name: 'Prices & more', rows: inlineRows([['price']]) },
      { name: 'Ärmel', rows: inlineRows([['sleeve']]) },
    ];
    const workbook = workbookOf({ sheets });
    const first = await unpack(workbook);
    expect(first.text).toBe('price\n');
    expect(first.source).toMatchObject({
      sheet: 'Prices & more',
      sheets: ['Empty', 'Prices & more', 'Ärmel'],
    });
    const named = await unpack(workbook, { given: { sheet: 'ärmel' } });
    expect(named.text).toBe('sleeve\n');
    expect(named.source.sheet).toBe('Ärmel');
    await expectRefused(
      workbook,
      'unknown_sheet',
      /no sheet "Nope". It has "Empty", "Prices & more", "Ärmel"/,
      {
        given: { sheet: 'Nope' },
      },
    );
    const empty = await unpack(workbook, { given: { sheet: 'Empty' } });
    expect(empty.sizeBytes).toBe(0);
  });

  test('each sheet has a derived file of its own', async () => {
    const rows = inlineRows([['x']]);
    const file = await upload(
      workbookOf({
        sheets: [
          { name: 'A', rows },
          { name: 'B', rows },
        ],
      }),
    );
    const keys = await Promise.all(
      ['A', 'B', 'A'].map(
        async (sheet) => (await unpackFile({ storage, ...file, given: { sheet }, limits: LIMITS })).key,
      ),
    );
    expect(new Set(keys).size).toBe(2);
    expect(new Set(keys.map(originalKeyOf))).toEqual(new Set([file.key]));
  });

  test('dates count from 1904 where the workbook says so', async () => {
    const rows = '<row r="1"><c r="A1" s="0"><v>43889</v></c></row>';
    const { text } = await unpack(
      workbookOf({ sheets: [{ name: 'S', rows }], formats: ['yyyy-mm-dd'], date1904: true }),
    );
    expect(text).toBe('2024-02-29\n');
  });

  test('names with a prefix and cells without a reference are understood', async () => {
    const content =
      '<x:worksheet xmlns:x="u"><x:sheetData><x:row><x:c t="str"><x:v>a</x:v></x:c><x:c><x:v>1</x:v></x:c></x:row><x:row><x:c/><x:c><x:v>2</x:v></x:c></x:row></x:sheetData></x:worksheet>';
    const { text } = await unpack(
      workbookOf({
        sheets: [{ name: 'S', rows: '' }],
        entries: [{ name: 'xl/worksheets/sheet1.xml', content }],
      }),
    );
    expect(text).toBe('a,1\n,2\n');
  });

  const one = {
    name: 'S',
    rows: inlineRows([
      ['a', 'b'],
      ['1', '2'],
    ]),
  };
  const sheet = (content: string) => ({
    sheets: [one],
    entries: [{ name: 'xl/worksheets/sheet1.xml', content }],
  });

  test('one that was cut off or damaged is refused', async () => {
    const whole = workbookOf({ sheets: [one] });
    await expectRefused(whole.subarray(0, whole.length - 100), 'unreadable_archive', /directory/);
    await expectRefused(whole.subarray(0, 60), 'unreadable_archive', /directory/);
    const [longer] = workbookEntries({ sheets: [one] }).filter(({ name }) => name.includes('sheet1'));
    await expectRefused(
      workbookOf({ sheets: [one], entries: [{ ...longer!, claimedBytes: 100 }] }),
      'unreadable_archive',
      /not what the directory says/,
    );
    await expectRefused(
      workbookOf(sheet('<worksheet><sheetData><row><c t="str"><v>a</v></c></row>')),
      'unreadable_archive',
      /can not be read/,
    );
    await expectRefused(
      workbookOf(sheet('<worksheet><sheetData><row><c t="s"><v>7</v></c></row></sheetData></worksheet>')),
      'unreadable_archive',
      /shared text 7/,
    );
    await expectRefused(
      workbookOf(sheet('<worksheet><sheetData><row r="3"/><row r="2"/></sheetData></worksheet>')),
      'unreadable_archive',
      /row 2 comes after row 3/,
    );
  });

  test('other archives and documents are told apart and refused', async () => {
    const parts = workbookEntries({ sheets: [one] });
    const root = parts.find(({ name }) => name === '_rels/.rels')!.content as string;
    const refused: [Buffer, RegExp][] = [
      [zipOf([{ name: 'data.csv', content: CSV }]), /a zip archive. Unpack it/],
      [
        zipOf([
          { name: 'mimetype', content: 'x' },
          { name: 'content.xml', content: '<x/>' },
        ]),
        /OpenDocument/,
      ],
      [
        zipOf([
          { name: '[Content_Types].xml', content: '<x/>' },
          { name: '_rels/.rels', content: root.replace('xl/workbook.xml', 'word/document.xml') },
        ]),
        /no Excel workbook/,
      ],
      [
        zipOf([
          { name: 'xl/workbook.bin', content: '' },
          { name: '_rels/.rels', content: root.replace('workbook.xml', 'workbook.bin') },
        ]),
        /\.xlsb/,
      ],
      [zipOf(parts.map((part) => ({ ...part, isEncrypted: true }))), /password/],
    ];
    for (const [content, message] of refused) await expectRefused(content, 'unsupported_file', message);
  });

  test('entities are not expanded: a workbook with a document type is refused', async () => {
    const laughs =
      '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet><sheetData><row><c t="str"><v>&b;</v></c></row></sheetData></worksheet>';
    await expectRefused(workbookOf(sheet(laughs)), 'unreadable_archive', /document type/);
    await expectRefused(
      workbookOf(sheet('<worksheet><sheetData><row><c><v>&b;</v></c></row></sheetData></worksheet>')),
      'unreadable_archive',
      /can not be read/,
    );
  });

  test('parts outside the file are never looked for', async () => {
    const parts = workbookEntries({ sheets: [one] });
    const links = parts.find(({ name }) => name === 'xl/_rels/workbook.xml.rels')!;
    const external = (links.content as string).replace(
      '<Relationship Id="rIdStyles"',
      '<Relationship Id="rIdLink" Type="x/worksheet" Target="https://example.com/a.xml" TargetMode="External"/><Relationship Id="rIdStyles"',
    );
    const { text } = await unpack(workbookOf({ sheets: [one], entries: [{ ...links, content: external }] }));
    expect(text).toBe('a,b\n1,2\n');
  });

  test('bombs end with an error: by ratio, by size, by repeated texts, by endless texts, by depth, by parts', async () => {
    const wrap = (rows: string) => `<worksheet><sheetData>${rows}</sheetData></worksheet>`;
    await expectRefused(
      workbookOf(sheet(wrap('<row><c><v>1</v></c></row>'.repeat(500_000)))),
      'unpacked_too_large',
      /200 times/,
    );
    await expectRefused(workbookOf({ sheets: [one] }), 'unpacked_too_large', /more than 1024/, {
      limits: { IMPORT_MAX_UNPACKED_BYTES: 1024 },
    });
    // 4,000 cells that each stand for a text of 100,000 characters.
    const strings = `<si><t>${'long'.repeat(25_000)}</t></si>`;
    const repeated = '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>'.repeat(2_000);
    await expectRefused(
      workbookOf({ sheets: [{ name: 'S', rows: repeated }], strings }),
      'unpacked_too_large',
      /Unpacked/,
    );
    await expectRefused(
      workbookOf({ sheets: [one], strings: '<si><t>text</t></si>'.repeat(60_000) }),
      'unpacked_too_large',
      /different texts/,
    );
    await expectRefused(
      workbookOf(sheet(wrap(`<row><c t="str"><v>${'a'.repeat(3 * MIB)}</v></c></row>`))),
      'unreadable_archive',
      /text without end/,
    );
    await expectRefused(workbookOf(sheet('<a>'.repeat(101))), 'unreadable_archive', /nested/);
    const cells = `<c t="str"><v>${'b'.repeat(30_000)}</v></c>`.repeat(10);
    await expectRefused(
      workbookOf(sheet(wrap(`<row>${cells}</row>`))),
      'record_too_large',
      /Row 1 of the sheet/,
    );
    const many = Array.from({ length: 5_001 }, (_, at) => ({ name: `p${at}`, content: '' }));
    await expectRefused(zipOf(many), 'unreadable_archive', /more than 5000 parts/);
  });
});

describe('the derived file appears whole or not at all', () => {
  test('two attempts at a time leave one file with the right content, and a repetition changes nothing', async () => {
    const content = CSV.repeat(20_000);
    const file = await upload(Buffer.from(content, 'latin1'));
    const attempt = () => unpackFile({ storage, ...file, limits: LIMITS });
    const [first, second] = await Promise.all([attempt(), attempt()]);
    expect(first).toEqual(second);
    expect(await attempt()).toEqual(first);
    const bytes = await storage.read(first.key, { start: 0, end: first.sizeBytes + 1 });
    expect(bytes.toString() === content).toBe(true);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  test('an attempt that is told to stop leaves nothing', async () => {
    const file = await upload(gzipSync(Buffer.from(Array.from({ length: 200_000 }, Math.random).join('\n'))));
    const before = await storedFiles();
    const stop = new Error('another attempt has begun');
    const onProgress = (bytesRead: number) => {
      if (bytesRead > 600_000) throw stop;
    };
    await expect(unpackFile({ storage, ...file, limits: LIMITS, onProgress })).rejects.toBe(stop);
    expect(await storedFiles()).toEqual(before);
  });

  test.each([
    ['text', Buffer.from(CSV.repeat(20_000), 'latin1')],
    ['gzip', gzipSync(Buffer.from(Array.from({ length: 100_000 }, Math.random).join('\n')))],
    ['workbook', workbookOf({ sheets: [{ name: 'S', rows: inlineRows([['a']]) }] })],
  ])('an error of the storage is thrown as it is: %s', async (_, content) => {
    const file = await upload(content);
    for (const failingRead of [1, 2, 3]) {
      let reads = 0;
      const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      const failing: FileStorage = {
        ...storage,
        read: (key, range, into) => {
          reads += 1;
          return reads === failingRead ? Promise.reject(failure) : storage.read(key, range, into);
        },
      };
      await expect(unpackFile({ storage: failing, ...file, limits: LIMITS })).rejects.toBe(failure);
    }
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const noRoom: FileStorage = {
      ...storage,
      write: async (_key, stream) => {
        await stream.take(1).toArray();
        throw full;
      },
    };
    await expect(unpackFile({ storage: noRoom, ...file, limits: LIMITS })).rejects.toBe(full);
  });

  test('a file that is gone is reported as gone', async () => {
    await expect(
      unpackFile({ storage, key: 'nowhere', sizeBytes: 10, limits: LIMITS }),
    ).rejects.toBeInstanceOf(FileMissingError);
  });

  test('a file that is damaged does not keep the next workbook waiting', async () => {
    const good = workbookOf({ sheets: [{ name: 'S', rows: inlineRows([['a']]) }] });
    const [damaged, fine] = await Promise.allSettled([unpack(good.subarray(0, 100)), unpack(good)]);
    expect(damaged.status).toBe('rejected');
    expect(fine).toMatchObject({ status: 'fulfilled', value: { text: 'a\n' } });
  });
});
