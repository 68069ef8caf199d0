import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Statement } from '../../prisma/repositories/record-conditions.ts';
import {
  MATCH_SETTINGS,
  matchStatement,
  sortsOf,
  WALK_SETTINGS,
  walkStatement,
} from '../../prisma/repositories/record-lists.ts';
import { refreshSearch, settleSearch } from '../../prisma/repositories/record-search.ts';
import { csv } from '../support/csv.ts';
import { customerPage, productPage, type RecordsUnderTest, startRecords } from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(() => under.empty());

describe('the list of records', () => {
  async function walk(limit: number, meanwhile: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const page = productPage.parse(await under.get(`/api/products?limit=${String(limit)}${cursor}`));
      seen.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === null) return seen;
      await meanwhile();
      cursor = `&cursor=${page.nextCursor}`;
    }
  }

  test('comes newest first, page by page, without gaps or repeats while others are created', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.unshift(await under.insertProduct());
    for (const limit of [1, 3, 7]) {
      const before = productPage.parse(await under.get('/api/products?limit=200')).items.map(({ id }) => id);
      expect(await walk(limit, () => under.insertProduct())).toEqual(before);
    }
    expect((await walk(200, () => under.insertProduct())).slice(-7)).toEqual(ids);
  });

  test('goes on where it was when the last record of a page is deleted meanwhile', async () => {
    const [third, second, first] = [
      await under.insertProduct(),
      await under.insertProduct(),
      await under.insertProduct(),
    ];
    const page = productPage.parse(await under.get('/api/products?limit=2'));
    expect(page.items.map(({ id }) => id)).toEqual([first, second]);
    await under.api.database.prisma.product.delete({ where: { id: second } });
    const next = productPage.parse(await under.get(`/api/products?limit=2&cursor=${page.nextCursor ?? ''}`));
    expect(next).toMatchObject({ items: [{ id: third }], nextCursor: null });
  });

  test('finds the one with a key, in any case and with blanks around', async () => {
    await under.importFile(csv('sku,name,price', 'Größe-1,x,1', 'b,y,2'));
    const skusOf = async (sku: string): Promise<unknown[]> =>
      productPage
        .parse(await under.get(`/api/products?sku=${encodeURIComponent(sku)}`))
        .items.map((item) => item.sku);
    expect(await skusOf('GRÖSSE-1')).toEqual([]);
    expect(await skusOf(' GRÖßE-1 ')).toEqual(['Größe-1']);
    expect(await skusOf('Gro\u0308ße-1')).toEqual(['Größe-1']);
    expect(await skusOf('B')).toEqual(['b']);
    expect(await skusOf('%')).toEqual([]);
    await under.importFile(csv('email,name,company', 'Ada@Example.com,Ada,Engines'), 'customers');
    const found = customerPage.parse(await under.get('/api/customers?email=ada@EXAMPLE.com'));
    expect(found).toMatchObject({ items: [{ email: 'Ada@Example.com' }], nextCursor: null });
  });

  test.each([
    'products?limit=0',
    'products?limit=201',
    'products?page=2',
    'products?email=a@b.c',
    'customers?sku=x',
    'products?sku=',
    'products?sku=%00',
    'products?sku=a&sku=b',
    'products?sku[$ne]=x',
    `products?sku=${'x'.repeat(256)}`,
    'products?sort=colour',
    'products?sort=active',
    'products?sort=--sku',
    'products?sort=price&sort=sku',
    'customers?sort=price',
    'products?active=maybe',
    'products?priceMin=cheap',
    'products?priceMin=-1',
    'products?priceMax=1e3',
    'products?priceMin=1.00001',
    'products?stockMin=1.5',
    'products?stockMax=2147483648',
    'products?price=1',
    'customers?nameMin=a',
    'products?q=',
    'products?q=%20',
    'products?q=%00',
    `products?q=${'x'.repeat(101)}`,
    'products?name=%20',
    'products?description=x',
    'products/export.csv?limit=1',
    `products/${uuidv7()}?limit=1`,
    `products/${uuidv7()}/history?sku=a`,
  ])('refuses /api/%s', async (path) => {
    expect(await under.problemType(`/api/${path}`, 422)).toBe('/problems/invalid');
  });

  const id = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';
  test.each([
    'x',
    '!!!',
    Buffer.from('products:1').toString('base64url'),
    Buffer.from(`customers:${id}`).toString('base64url'),
    Buffer.from(`products-history:${id}.1.1`).toString('base64url'),
    Buffer.from(`products:${id.toUpperCase()}`).toString('base64url'),
    Buffer.from(`products:${id} OR 1=1`).toString('base64url'),
    `${Buffer.from(`products:${id}`).toString('base64url')}=`,
    Buffer.from(`products:AAAAAAAAAAA.${id}`).toString('base64url'),
  ])('refuses the cursor %s', async (cursor) => {
    const path = `/api/products?cursor=${encodeURIComponent(cursor)}`;
    expect(await under.problemType(path, 400)).toBe('/problems/bad-cursor');
  });
});

/** Names of products, in the order in which a list has them. */
async function skus(query: string): Promise<unknown[]> {
  return productPage.parse(await under.get(`/api/products?${query}`)).items.map(({ sku }) => sku);
}

/** Walks a list to its end, page by page. */
async function walkAll(query: string, limit: number, meanwhile?: () => Promise<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  let cursor = '';
  for (;;) {
    const page = productPage.parse(await under.get(`/api/products?${query}&limit=${String(limit)}${cursor}`));
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seen.push(...page.items.map(({ sku }) => sku));
    if (page.nextCursor === null) return seen;
    await meanwhile?.();
    cursor = `&cursor=${page.nextCursor}`;
  }
}

async function importProducts(...lines: string[]): Promise<void> {
  await under.importFile(csv('sku,name,price,description,active,stock', ...lines));
  await under.index();
}

describe('a filtered list', () => {
  beforeEach(() =>
    importProducts(
      'A-1,Blue mug,19.9,Holds 300 ml,true,5',
      'b-2,blue Lamp,5,"100% wool, under_score",false,0',
      'C-3,GRÜNE Größe,99999999999999.0001,back\\slash,true,500',
      'd-4,漢字の本,7.5,Лампа настольная,true,7',
      'E-5,Ösen-Set,7.5001,"two\nlines",no,8',
    ),
  );

  test.each([
    ['active=true&sort=sku', ['A-1', 'C-3', 'd-4']],
    ['active=false&sort=sku', ['b-2', 'E-5']],
    ['priceMin=7.5&priceMax=19.9&sort=sku', ['A-1', 'd-4', 'E-5']],
    ['priceMin=99999999999999.0001', ['C-3']],
    ['priceMin=20&priceMax=10', []],
    ['stockMin=5&stockMax=8&sort=-stock', ['E-5', 'd-4', 'A-1']],
    ['name=BLUE&sort=sku', ['A-1', 'b-2']],
    ['name=grüne gr', ['C-3']],
    ['name=grüne grösse', ['C-3']],
    ['name=%25', []],
    ['sku=a-1&active=true', ['A-1']],
    ['sku=a-1&active=false', []],
    ['sku=a-1&q=mug', ['A-1']],
    ['sku=a-1&q=lamp', []],
    ['sku=a-1&name=blu&priceMin=1', ['A-1']],
    ['active=true&stockMin=6&q=sla&priceMin=100', ['C-3']],
  ])('has what fits all that is asked: %s', async (query, expected) => {
    expect(await skus(query)).toEqual(expected);
  });

  test.each([
    ['blue', ['A-1', 'b-2']],
    ['LUE M', ['A-1']],
    ['b-2', ['b-2']],
    ['-2', []],
    ['00% w', ['b-2']],
    ['%', []],
    ['r_s', ['b-2']],
    ['a_1', []],
    ['back\\s', ['C-3']],
    ['größe', ['C-3']],
    ['GRÖSSE', ['C-3']],
    ['grosse', []],
    ['漢字', ['d-4']],
    ['字の', ['d-4']],
    ['本', ['d-4']],
    ['字漢', []],
    ['ЛАМП', ['d-4']],
    ['лампы', []],
    ['ösen', ['E-5']],
    ['O\u0308sen', ['E-5']],
    ['ös', ['E-5']],
    ['bl', ['A-1', 'b-2']],
    ['b', ['A-1', 'b-2', 'C-3']],
    ['на', ['d-4']],
    ['ст', []],
    ['lu', []],
    ['mug a-1', []],
    ['two lines', []],
    ["'; DROP TABLE products; --", []],
  ])('has what a search for %s finds, in every script', async (text, expected) => {
    const found = await skus(`q=${encodeURIComponent(text)}&sort=sku`);
    expect(found).toEqual(expected);
  });

  test('of customers', async () => {
    await under.importFile(
      csv('email,name,company,phone', 'Ada@Example.com,Ada L,Engines,+44 20', 'g@navy.mil,Grace,navy,'),
      'customers',
    );
    await under.index();
    const names = async (query: string) =>
      customerPage.parse(await under.get(`/api/customers?${query}`)).items.map(({ name }) => name);
    expect(await names('email=ADA@example.com')).toEqual(['Ada L']);
    expect(await names('name=ada')).toEqual(['Ada L']);
    expect(await names('company=NAV')).toEqual(['Grace']);
    expect(await names('company=avy')).toEqual([]);
    expect(await names('q=44%2020')).toEqual(['Ada L']);
    expect(await names('q=example')).toEqual(['Ada L']);
    for (const by of ['email', 'name', 'updatedAt', 'createdAt']) {
      expect(await names(`sort=${by}`)).toEqual(['Ada L', 'Grace']);
      expect(await names(`sort=-${by}`)).toEqual(['Grace', 'Ada L']);
    }
    expect(await names('sort=company&q=a')).toEqual(['Ada L']);
  });
});

describe('the order of a list', () => {
  test.each([
    ['sku', ['A', 'b', 'C', 'd']],
    ['name', ['d', 'b', 'A', 'C']],
    ['price', ['b', 'C', 'A', 'd']],
    ['stock', ['A', 'C', 'd', 'b']],
    ['createdAt', ['A', 'C', 'd', 'b']],
    ['updatedAt', ['A', 'C', 'd', 'b']],
  ])('is by %s, also backwards, with equal ones by their ids', async (by, expected) => {
    // In chunks of three: those of one have the same time.
    await importProducts('C,mug,10,,,2', 'A,Lamp,20,,,1', 'd,basket,100,,,2');
    await importProducts('b,Chair,9.5,,,3');
    expect(await skus(`sort=${by}`)).toEqual(expected);
    expect(await skus(`sort=-${by}`)).toEqual(expected.toReversed());
    expect(await skus(`sort=${by}&priceMin=0&stockMin=2`)).toEqual(expected.filter((sku) => sku !== 'A'));
  });

  const total = 240;
  const lines = Array.from(
    { length: total },
    (_, n) =>
      `S-${String(n)},${n % 3 === 0 ? 'mug' : 'lamp'} ${String(n % 7)},${String(n % 5)},,${String(n % 4 === 0)},${String(n % 2)}`,
  );

  test.each(['sku', '-name', 'price', '-stock', '-updatedAt', 'createdAt'])(
    'by %s goes on from page to page without gaps and repeats, filtered or not',
    async (sort) => {
      await importProducts(...lines);
      for (const [filter, size] of [
        ['', total],
        ['&q=mug', 80],
        ['&active=true&q=lamp', 40],
        ['&priceMin=1&priceMax=2', 96],
        ['&name=mug 3', 12],
      ] as const) {
        const whole = await walkAll(`sort=${sort}${filter}`, 200);
        expect([filter, whole.length]).toEqual([filter, size]);
        expect(new Set(whole).size).toBe(size);
        expect(await walkAll(`sort=${sort}${filter}`, 7)).toEqual(whole);
      }
    },
  );

  test('is kept while others are created and changed, and what stays is seen once', async () => {
    await importProducts(...lines.slice(0, 60));
    let made = 0;
    const seen = await walkAll('sort=price&q=m', 7, async () => {
      made += 1;
      const body = { sku: `new-${String(made)}`, name: 'Mug', price: made % 5 };
      expect((await under.send('POST', '/api/products', body)).status).toBe(201);
    });
    const old = seen.filter((sku) => String(sku).startsWith('S-'));
    expect(old).toHaveLength(20);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('and the filters are bound into its cursor', async () => {
    await importProducts(...lines.slice(0, 9));
    const { nextCursor } = productPage.parse(await under.get('/api/products?sort=price&q=mug&limit=1'));
    expect(nextCursor).not.toBeNull();
    const cursor = nextCursor ?? '';
    expect(await skus(`sort=price&q=mug&limit=50&cursor=${cursor}`)).toHaveLength(2);
    expect(await skus(`sort=price&q=%20mug&cursor=${cursor}`)).toHaveLength(2);
    for (const other of [
      'sort=-price&q=mug',
      'sort=name&q=mug',
      'sort=price',
      'sort=price&q=mugs',
      'sort=price&q=mug&active=true',
      '',
    ]) {
      expect(await under.problemType(`/api/products?${other}&cursor=${cursor}`, 400)).toBe(
        '/problems/bad-cursor',
      );
    }
    const forged = Buffer.from(cursor, 'base64url')
      .toString()
      .replace(/\.[\w-]*$/, `.${Buffer.from('cheap').toString('base64url')}`);
    const path = `/api/products?sort=price&q=mug&cursor=${Buffer.from(forged).toString('base64url')}`;
    expect(await under.problemType(path, 400)).toBe('/problems/bad-cursor');
  });
});

describe('what an import wrote', () => {
  test('is in lists by creation and key at once, and in others once it is indexed', async () => {
    await under.importFile(csv('sku,name,price', 'a,Mug,1', 'b,Mug,2'));
    expect(await skus('')).toEqual(['b', 'a']);
    expect(await skus('sort=sku')).toEqual(['a', 'b']);
    expect(await skus('sku=A')).toEqual(['a']);
    expect(await skus('q=mug')).toEqual([]);
    expect(await under.index()).toEqual({ chunks: 1, records: 2, more: false });
    expect(await skus('q=mug&sort=price')).toEqual(['a', 'b']);
    expect(await under.index()).toEqual({ chunks: 0, records: 0, more: false });
  });

  test('is not shown where it no longer fits, before it is indexed', async () => {
    await importProducts('a,Mug,1,,,', 'b,Mug,2,,,');
    await under.importFile(csv('sku,name,price', 'a,Mug,9'));
    expect(await skus('priceMax=5')).toEqual(['b']);
    await under.index();
    expect(await skus('priceMin=5')).toEqual(['a']);
  });

  test('never takes the place of what a request wrote after it', async () => {
    await under.importFile(csv('sku,name,price', 'a,Mug,1', 'b,Mug,2'));
    const [b, a] = productPage.parse(await under.get('/api/products')).items;
    await under.send('PATCH', `/api/products/${a!.id}`, { name: 'Lamp' }, { ifMatch: '*' });
    await under.send('DELETE', `/api/products/${b!.id}`, undefined, { ifMatch: '*' });
    expect(await under.index()).toMatchObject({ records: 2 });
    expect(await skus('q=lamp')).toEqual(['a']);
    expect(await skus('q=mug')).toEqual([]);
    expect(await under.api.database.prisma.productSearch.count()).toBe(1);
  });

  test('by a job under way waits for its end, or for its wait', async () => {
    const { jobId } = await under.importFile(csv('sku,name,price', 'a,Mug,1'));
    const { prisma } = under.api.database;
    await prisma.job.update({ where: { id: jobId }, data: { status: 'processing' } });
    expect(await under.index()).toMatchObject({ chunks: 0 });
    await prisma.job.update({ where: { id: jobId }, data: { status: 'needs_attention' } });
    expect(await under.index()).toMatchObject({ chunks: 1, records: 1 });
  });

  test('is indexed once by two at the same time', async () => {
    await importProducts();
    await under.importFile(
      csv('sku,name,price', ...Array.from({ length: 30 }, (_, n) => `s${String(n)},Mug,1`)),
    );
    const [one, two] = await Promise.all([under.index(), under.index()]);
    expect(one.records + two.records).toBe(30);
    expect(await skus('q=mug')).toHaveLength(30);
  });

  test('of other jobs is found by their changes and outcomes', async () => {
    const kept = await under.insertProduct({ sku: 'kept' });
    const gone = await under.insertProduct({ sku: 'gone' });
    const { prisma } = under.api.database;
    const jobId = uuidv7();
    const { number } = await prisma.job.create({
      data: {
        id: jobId,
        type: 'undo',
        kind: 'products',
        status: 'completed',
        options: {},
        createdBy: 'tester',
      },
    });
    await prisma.chunk.create({
      data: {
        jobNumber: number,
        number: 1,
        firstRow: 1,
        rows: 2,
        firstLine: 1,
        byteStart: 0,
        byteEnd: 0,
        appliedAt: new Date(),
      },
    });
    const change = { changeId: jobId, kind: 'products', operation: 'updated', changedBy: 'tester' } as const;
    await prisma.recordChange.createMany({
      data: [{ ...change, changeRow: 1, recordId: kept }],
    });
    // As an undo leaves it.
    await prisma.rowOutcome.create({
      data: { jobNumber: number, row: 2, outcome: 'reversed', recordId: gone },
    });
    await prisma.productSearch.create({
      data: {
        recordId: gone,
        version: 1,
        key: 'gone',
        name: 'mug',
        price: 1,
        active: true,
        stock: 0,
        updatedAt: new Date(),
        text: ' mug',
      },
    });
    await prisma.product.delete({ where: { id: gone } });
    expect(await under.index()).toMatchObject({ chunks: 1, records: 2 });
    expect(await skus('q=mug')).toEqual(['kept']);
    expect(await prisma.productSearch.count()).toBe(1);
  });
});

describe('of many records', () => {
  const FEW = { columns: [], text: 'mug no. 7777' };
  const { products } = KINDS;
  const CHEAP = { columns: [{ column: 'price', is: '<=', value: '1' }] } as const;

  async function planOf({ text, values }: Statement, settings: string): Promise<string> {
    const client = await under.api.database.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(settings);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS off) ${text}`, values);
      await client.query('ROLLBACK');
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    } finally {
      client.release();
    }
  }

  beforeEach(async () => {
    const { pool } = under.api.database;
    await pool.query(
      `INSERT INTO products (sku, sku_key, name, price, last_change)
       SELECT 'S-' || n, 's-' || n, 'Mug no. ' || n, n % 500, uuidv7() FROM generate_series(1, 20000) n`,
    );
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM products');
    await refreshSearch(
      pool,
      products,
      rows.map(({ id }) => id),
    );
  });

  test.each(['fresh', 'missing'])(
    'a page is read by indexes alone, with %s statistics',
    async (statistics) => {
      if (statistics === 'fresh') await settleSearch(under.api.database.pool);
      for (const sort of sortsOf(products)) {
        for (const descending of [true, false]) {
          const page = { filter: FEW, sort: { by: sort, descending }, after: null, limit: 51 };
          const walk = await planOf(walkStatement(products, page, 'search', 500), WALK_SETTINGS);
          const column = sort === 'sku' ? 'key' : sort === 'updatedAt' ? 'updated_at' : sort;
          const index =
            sort === 'createdAt' ? 'products_search_pkey' : `products_search_${column}_record_id_idx`;
          expect(walk).toMatch(new RegExp(`Index Scan (?:Backward )?using ${index}`));
          expect(walk).not.toContain('Seq Scan on products');
          const match = await planOf(matchStatement(products, page), MATCH_SETTINGS);
          expect(match).toContain('Bitmap Index Scan on products_search_text_idx');
          expect(match).toMatch(/Index Scan using products_pkey on products r/);
          expect(match).not.toContain('Seq Scan on products');
        }
      }
      const cheap = { filter: CHEAP, sort: { by: 'name', descending: false }, after: null, limit: 51 };
      expect(await planOf(matchStatement(products, cheap), MATCH_SETTINGS)).toContain(
        'products_search_price_record_id_idx',
      );
      const plain = {
        filter: { columns: [] },
        sort: { by: 'sku', descending: false },
        after: null,
        limit: 51,
      };
      expect(await planOf(walkStatement(products, plain, 'records', null), WALK_SETTINGS)).toContain(
        'products_sku_key_key',
      );
    },
  );

  test.each(['fresh', 'missing'])('the same is found either way, with %s statistics', async (statistics) => {
    if (statistics === 'fresh') await settleSearch(under.api.database.pool);
    // Few and many, spread evenly over the order and all at its end.
    expect(await skus('q=mug no. 1999&sort=-name&limit=20')).toEqual(
      ['19999', '19998', '19997', '19996', '19995', '19994', '19993', '19992', '19991', '19990', '1999'].map(
        (n) => `S-${n}`,
      ),
    );
    expect(await walkAll('q=no. 19&sort=name', 200)).toHaveLength(1_111);
    expect(await walkAll('q=9&sort=-createdAt&priceMin=499', 50)).toHaveLength(3);
    expect(await skus('q=mug&sort=price&limit=3')).toEqual(['S-500', 'S-1000', 'S-1500']);
  });
});
