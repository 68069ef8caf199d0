import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { BLANKS, DUPLICATES, MODES, ON_ERROR } from '../../contracts/words.ts';
import { openImportBench } from '../support/import-bench.ts';
import { acceptTestImport } from '../support/imports.ts';
import { workbookOf } from '../support/xlsx.ts';

/** Files as people really have them, through all steps of an import. */
const bench = await openImportBench();
const { db, storage, importFile } = bench;
afterAll(bench.close);
beforeEach(bench.empty);

async function products(): Promise<[sku: string, name: string, price: string][]> {
  const found = await db.prisma.product.findMany({ orderBy: { skuKey: 'asc' } });
  return found.map(({ sku, name, price }) => [sku, name, price.toString()]);
}

async function codes(jobId: string): Promise<[row: number, line: number, code: string][]> {
  const { rows } = await db.pool.query<{ row: number; line: number; code: string }>(
    `SELECT s."row", s.line, s.errors->0->>'code' AS code
       FROM staged_rows s JOIN jobs j ON j.number = s.job_number
      WHERE j.id = $1 AND s.errors IS NOT NULL ORDER BY s."row"`,
    [jobId],
  );
  return rows.map(({ row, line, code }) => [row, line, code]);
}

describe('a file from a spreadsheet in another country', () => {
  const german = [
    'Preisliste Herbst',
    '',
    'Artikelnummer;Bezeichnung;Preis;Lager',
    'T-1;Tasse, groß;1.234,50 €;Süd',
    'T-2;"Krug; klein";9,90 €;Nord',
    'T-3;Löffel;0,5;Nord',
    'T-4;Gabel;12;Nord',
  ].join('\r\n');

  test.each<[name: string, content: Buffer]>([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${german}`)],
    ['windows-1252', Buffer.from(german.replaceAll('€', 'EUR'), 'latin1')],
    ['UTF-16', Buffer.from(`\ufeff${german}`, 'utf16le')],
    ['UTF-16 big endian without a byte order mark', Buffer.from(german, 'utf16le').swap16()],
    ['UTF-8, compressed', gzipSync(Buffer.from(german))],
    ['windows-1252, compressed', gzipSync(Buffer.from(german.replaceAll('€', 'EUR'), 'latin1'))],
  ])('comes in whole: %s', async (_name, content) => {
    const { end, reading } = await importFile({ content });
    expect(end).toMatchObject({ status: 'completed', counts: { total: 4, created: 4 } });
    expect(await products()).toEqual([
      ['T-1', 'Tasse, groß', '1234.5'],
      ['T-2', 'Krug; klein', '9.9'],
      ['T-3', 'Löffel', '0.5'],
      ['T-4', 'Gabel', '12'],
    ]);
    expect(reading).toMatchObject({ headerLine: 3, dialect: { delimiter: ';' } });
  });

  test('is read by the encoding that its later lines show', async () => {
    const ascii = Array.from({ length: 400_000 }, (_, row) => `s${String(row % 900)},x,1\n`).join('');
    const content = Buffer.from(`sku,name,price\n${ascii}late,Größe,2\n`, 'latin1');
    const jobId = await acceptTestImport(db, storage, { content });
    const { readFile } = bench.steps({ IMPORT_CHUNK_ROWS: 100_000, IMPORT_MAX_ROWS: 1_000_000 });
    const plan = await readFile({ jobId, retryDelaysMs: [] });
    expect(plan).toEqual({ readable: true, chunkCount: 5, rows: 400_001 });
    const { reading } = await db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
    expect(reading).toMatchObject({ source: { encoding: 'windows-1252' } });
  });
});

describe('numbers that can be read in two ways', () => {
  const header = 'sku;name;price\n';

  test('are read as the rest of the column is written, wherever in the file that shows', async () => {
    const rows = Array.from({ length: 9 }, (_, row) => `s${String(row)};x;1.23${String(row)}\n`).join('');
    // The beginning does not tell: a thousand, or one with three decimals? The last row does.
    const { end, passes, reading } = await importFile({ content: `${header}${rows}last;x;7,5\n` });
    expect(end.counts).toMatchObject({ total: 10, created: 10 });
    expect(reading.numberFormats).toMatchObject({ price: 'comma' });
    expect((await products())[1]).toEqual(['s0', 'x', '1230']);
    // All of it is in the part that is looked at first, so once is enough.
    expect(passes).toBe(1);
  });

  test('are staged once more when the rest of the file shows what its beginning did not', async () => {
    const rows = Array.from({ length: 1_500 }, (_, row) => `s${String(row)};x;1.234\n`).join('');
    const limits = { IMPORT_CHUNK_ROWS: 500, IMPORT_MAX_ROWS: 5_000 };
    const { end, passes } = await importFile({ content: `${header}${rows}last;x;7,5\n` }, limits);
    expect(passes).toBe(2);
    expect(end.counts).toMatchObject({ total: 1_501, created: 1_501, rejected: 0 });
    expect((await products()).filter(([, , price]) => price === '1234')).toHaveLength(1_500);
  });

  test('are rejected where the file contradicts itself, and where it never tells', async () => {
    const mixed = await importFile({ content: `${header}a;x;1,50\nb;x;2.50\nc;x;1.234\n` });
    expect(await codes(mixed.jobId)).toEqual([[3, 4, 'ambiguous_number']]);
    const silent = await importFile({ content: `${header}d;x;1.234\ne;x;12\n` });
    expect(await codes(silent.jobId)).toEqual([[1, 2, 'ambiguous_number']]);
    expect((await products()).map(([sku]) => sku)).toEqual(['a', 'b', 'e']);
  });

  test('are read as the other columns are written, where their own does not tell', async () => {
    const content = 'sku;name;price;stock\na;x;1,50;1.500\nb;x;2,50;7\n';
    expect((await importFile({ content })).end.counts).toMatchObject({ created: 2 });
    expect(await db.prisma.product.findFirst({ where: { sku: 'a' } })).toMatchObject({ stock: 1_500 });
    const other = await importFile({ content: 'sku;name;price;stock\nc;x;1.50;1.500\n' });
    expect(await codes(other.jobId)).toEqual([[1, 2, 'invalid_integer']]);
  });

  test('are read as the caller says', async () => {
    const given = { dialect: { decimal: ',' as const } };
    await importFile({ content: `${header}a;x;1.234\nb;x;2.50\n`, options: given });
    expect((await products())[0]).toEqual(['a', 'x', '1234']);
  });
});

describe('rows that are none', () => {
  test('are skipped, and say why', async () => {
    const { jobId, end } = await importFile({ content: 'sku,name,price\na,x,1\n,,\nb,y,2\n , ,\n' });
    expect(end.counts).toMatchObject({ total: 4, created: 2, skipped: 2 });
    expect(await codes(jobId)).toEqual([
      [2, 3, 'not_a_record'],
      [4, 5, 'not_a_record'],
    ]);
  });

  test('variants of a product stand in one chunk and take what its first row says', async () => {
    const content = [
      'Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Price,Image Src,Status',
      'mug,Blue mug,<p>Nice</p>,V,Size,Small,M-S,9.90,http://a/1.png,active',
      'mug,,,,,Medium,M-M,10.90,,',
      'mug,,,,,Large,M-L,11.90,,',
      'mug,,,,,Huge,M-H,12.90,,',
      'mug,,,,,,,,http://a/2.png,',
      'lamp,Lamp,,V,Title,Default Title,L-1,50.00,,draft',
    ].join('\n');
    const { jobId, end, reading } = await importFile({ content });
    expect(reading.mapping.source).toMatchObject({ type: 'export', name: 'shopify-products' });
    expect(end.counts).toMatchObject({ total: 6, created: 5, skipped: 1 });
    expect(await products()).toEqual([
      ['L-1', 'Lamp', '50'],
      ['M-H', 'Blue mug - Huge', '12.9'],
      ['M-L', 'Blue mug - Large', '11.9'],
      ['M-M', 'Blue mug - Medium', '10.9'],
      ['M-S', 'Blue mug - Small', '9.9'],
    ]);
    expect(await codes(jobId)).toEqual([[5, 6, 'not_a_record']]);
    // Three rows a chunk, and still no product is parted.
    expect(await db.prisma.chunk.findMany({ select: { rows: true }, orderBy: { number: 'asc' } })).toEqual([
      { rows: 5 },
      { rows: 1 },
    ]);
  });
});

/** A record under a header: cells by name, the others blank. */
function under(header: string, ...rows: Record<string, string>[]): string {
  const names = header.split(',');
  const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const lines = rows.map((row) => names.map((name) => quoted(row[name] ?? '')).join(','));
  return [header, ...lines].join('\n');
}

describe('exports of shop systems and contact books come in without a mapping', () => {
  test.each<[name: string, content: string, expected: [string, string, string][]]>([
    [
      'shopify-products',
      under(
        'Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card',
        {
          Handle: 'tee',
          Title: 'Tee',
          Published: 'TRUE',
          'Option1 Name': 'Size',
          'Option1 Value': 'S',
          'Variant SKU': 'T-S',
          'Variant Price': '19.00',
        },
        { Handle: 'tee', 'Option1 Value': 'M', 'Variant SKU': 'T-M', 'Variant Price': '21.50' },
      ),
      [
        ['T-M', 'Tee - M', '21.5'],
        ['T-S', 'Tee - S', '19'],
      ],
    ],
    [
      'shopify-products',
      under(
        'Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,Option1 name,Option1 value,Option2 name,Option2 value,Option3 name,Option3 value,Price,Compare-at price,Cost per item,Charge tax,Inventory tracker,Inventory quantity,Product image URL,Image position,Gift card,SEO title,SEO description',
        {
          Title: 'Cup',
          'URL handle': 'cup',
          Status: 'Active',
          SKU: 'C-1',
          'Option1 name': 'Title',
          'Option1 value': 'Default Title',
          Price: '4.00',
        },
      ),
      [['C-1', 'Cup', '4']],
    ],
    [
      'woocommerce-products',
      under(
        'ID,Type,SKU,Name,Published,Is featured?,Visibility in catalog,Short description,Description,Tax status,In stock?,Stock,Sale price,Regular price,Categories,Images,Parent',
        { ID: '1', Type: 'variable', Name: 'Hoodie', Published: '1' },
        {
          ID: '2',
          Type: 'variation',
          SKU: 'H-B',
          Name: 'Hoodie - Blue',
          Published: '1',
          'Regular price': '45',
          Parent: 'id:1',
        },
        {
          ID: '3',
          Type: 'simple',
          SKU: 'W-1',
          Name: 'Mug',
          Published: '1',
          'Regular price': '9.90',
          Stock: '4',
        },
      ),
      [
        ['H-B', 'Hoodie - Blue', '45'],
        ['W-1', 'Mug', '9.9'],
      ],
    ],
    [
      'medusa-products',
      under(
        'Product Id,Product Handle,Product Title,Product Subtitle,Product Description,Product Status,Product Thumbnail,Product Weight,Variant Id,Variant Title,Variant SKU,Variant Barcode,Variant Allow Backorder,Variant Manage Inventory,Variant Price EUR,Variant Price USD,Variant Option 1 Name,Variant Option 1 Value',
        {
          'Product Handle': 'v',
          'Product Title': 'Vase',
          'Product Status': 'published',
          'Variant SKU': 'V-1',
          'Variant Price EUR': '10',
          'Variant Price USD': '12',
        },
      ),
      [['V-1', 'Vase', '10']],
    ],
    [
      'vendure-products',
      under(
        'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets',
        {
          name: 'Ring',
          slug: 'ring',
          optionGroups: 'size',
          optionValues: '54',
          sku: 'R-54',
          price: '120.00',
          stockOnHand: '3',
        },
        { optionValues: '56', sku: 'R-56', price: '121.00', stockOnHand: '2' },
      ),
      [
        ['R-54', 'Ring - 54', '120'],
        ['R-56', 'Ring - 56', '121'],
      ],
    ],
    [
      'spree-products',
      under(
        'slug,sku,name,price,compare_at_price,currency,status,description,meta_title,meta_description,tags,tax_category,shipping_category,category1,option1_name,option1_value,image1_src,inventory_count,inventory_backorderable,track_inventory',
        {
          slug: 'pan',
          sku: 'P-1',
          name: 'Pan',
          price: '30.00',
          currency: 'EUR',
          status: 'active',
          inventory_count: '7',
        },
      ),
      [['P-1', 'Pan', '30']],
    ],
  ])('%s', async (name, content, expected) => {
    const { end, reading } = await importFile({ content });
    expect(end.status).toBe('completed');
    expect(reading.mapping.source).toMatchObject({ type: 'export', name });
    expect(await products()).toEqual(expected);
  });

  test.each([
    [
      'Shopify',
      under(
        'First Name,Last Name,Email,Company,Address1,City,Country,Zip,Phone,Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt',
        {
          'First Name': 'Ada',
          'Last Name': 'Lovelace',
          Email: 'ada@example.com',
          Company: 'Engines',
          Phone: '+441',
        },
      ),
    ],
    [
      'HubSpot',
      under(
        'Contact ID,First Name,Last Name,Email,Phone Number,Contact Owner,Associated Company,Last Activity Date,Lead Status,Create Date',
        {
          'Contact ID': '7',
          'First Name': 'Ada',
          'Last Name': 'Lovelace',
          Email: 'ada@example.com',
          'Phone Number': '+441',
          'Associated Company': 'Engines',
        },
      ),
    ],
  ])('customers of %s', async (_name, content) => {
    const { end } = await importFile({ kind: 'customers', content });
    expect(end.counts).toMatchObject({ total: 1, created: 1 });
    expect(await db.prisma.customer.findFirst()).toMatchObject({
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      company: 'Engines',
      phone: '+441',
    });
  });
});

describe('a workbook', () => {
  const cell = (text: string): string => `<c t="inlineStr"><is><t>${text}</t></is></c>`;
  const row = (...cells: string[]): string => `<row>${cells.map(cell).join('')}</row>`;

  test('is read from the sheet that can be imported', async () => {
    const content = workbookOf({
      sheets: [
        { name: 'Read me', rows: row('Prices of this autumn') },
        {
          name: 'Prices',
          rows: row('SKU', 'Name', 'Price') + row('007', 'Mug', '9.90') + row('X', 'Lamp', 'cheap'),
        },
      ],
    });
    const { jobId, end, reading } = await importFile({ content });
    expect(end.counts).toMatchObject({ total: 2, created: 1, rejected: 1 });
    expect(reading.source).toMatchObject({
      container: 'xlsx',
      sheet: 'Prices',
      sheets: ['Read me', 'Prices'],
    });
    expect(await products()).toEqual([['007', 'Mug', '9.9']]);
    expect(await codes(jobId)).toEqual([[2, 3, 'invalid_number']]);
  });
});

describe('quotes that do not add up', () => {
  test('reject their rows, not the ones between them', async () => {
    const { jobId, end } = await importFile({
      content: 'sku,name,price\na,x,1\nb,"open,2\nc,y,3\nd,5" pipe,4\n',
    });
    expect(end.counts).toMatchObject({ total: 4, created: 3, rejected: 1 });
    expect(await codes(jobId)).toEqual([[2, 3, 'malformed_row']]);
  });
});

describe('policies', () => {
  test('abort: one rejected row, and nothing is applied', async () => {
    const options = { onError: 'abort' as const };
    const { end, job } = await importFile({ content: 'sku,name,price\na,x,1\nb,y,cheap\nc,z,3\n', options });
    expect(end).toMatchObject({
      status: 'failed',
      failureCode: 'rows_rejected',
      counts: { total: 3, rejected: 1, pending: 2, created: 0 },
    });
    expect(job.failureMessage).toMatch(/^1 row is rejected/);
    expect(await products()).toEqual([]);
  });

  test('reject repeated keys: all rows of such a key are rejected, and abort sees them', async () => {
    const content = 'sku,name,price\na,x,1\nb,y,2\nA ,z,3\n';
    const { jobId, end } = await importFile({ content, options: { duplicates: 'reject' } });
    expect(end.counts).toMatchObject({ total: 3, created: 1, rejected: 2 });
    expect(await codes(jobId)).toEqual([
      [1, 2, 'duplicate_key'],
      [3, 4, 'duplicate_key'],
    ]);
    const aborted = await importFile({ content, options: { duplicates: 'reject', onError: 'abort' } });
    expect(aborted.end).toMatchObject({ status: 'failed', counts: { rejected: 2, pending: 1 } });
  });

  test('clear blanks: a blank cell empties, an absent column keeps', async () => {
    await importFile({ content: 'sku,name,price,description,stock\na,x,1,text,5\n' });
    await importFile({ content: 'sku,name,price,description\na,x,1,\n', options: { blanks: 'clear' } });
    expect(await db.prisma.product.findFirst()).toMatchObject({ description: null, stock: 5, version: 2 });
  });

  const policies = MODES.flatMap((mode) =>
    BLANKS.flatMap((blanks) =>
      DUPLICATES.flatMap((duplicates) => ON_ERROR.map((onError) => ({ mode, blanks, duplicates, onError }))),
    ),
  );

  test.each(policies)(
    'a dry run says what the import would do, and changes nothing: $mode, $blanks, $duplicates, $onError',
    async (options) => {
      await importFile({
        content: 'sku,name,price,description\nold,x,1,text\nsame,x,1,\nblank,x,1,text\ntwice,x,1,\n',
      });
      const before = await table();
      const rows = [
        'new,x,1,d',
        'old,y,1,text',
        'same,x,1,',
        'blank,x,1,',
        'TWICE,y,2,',
        'twice,z,3,',
        'new2,,1,',
      ];
      const isWhole = options.onError === 'abort' && options.mode === 'upsert' && options.blanks === 'keep';
      // With a bad row nothing is applied under `abort`; one of the crossings goes without.
      const content = ['sku,name,price,description', ...rows.slice(0, isWhole ? 4 : 7), ''].join('\n');
      const dry = await importFile({ content, options: { ...options, dryRun: true } });
      expect(await table()).toEqual(before);
      const real = await importFile({ content, options });
      expect(real.end).toEqual(dry.end);
      expect(await report(real.jobId)).toEqual(await report(dry.jobId));
      const { total, ...outcomes } = real.end.counts ?? { total: 0 };
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(total);
      if (options.mode === 'update') expect((await table()).length).toBe(before.length);
      if (real.end.status === 'failed') expect(await table()).toEqual(before);
    },
  );
});

/** The products, with everything that a write would move. */
async function table(): Promise<unknown[]> {
  return (await db.pool.query<Record<string, unknown>>('SELECT * FROM products ORDER BY sku_key')).rows;
}

/** Everything that a job says of its rows. */
async function report(jobId: string): Promise<unknown[]> {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT s."row", s.line, s.key, s.cells, s.cleared, s.raw, s.errors, COALESCE(o.outcome, s.outcome)::text AS outcome
       FROM staged_rows s
       JOIN jobs j ON j.number = s.job_number
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE j.id = $1 ORDER BY s."row"`,
    [jobId],
  );
  return rows;
}
