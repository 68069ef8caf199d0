import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv } from '../support/csv.ts';
import { until } from '../support/until.ts';
import {
  BROWSER,
  type BrowserUnderTest,
  expectAccessible,
  startBrowserUnderTest,
} from './browser-under-test.ts';

let browser: BrowserUnderTest;
const TIMEOUT_MS = 240_000;
const PATIENCE = { timeout: 60_000 };

interface Item {
  id: string;
  version: number;
  [column: string]: unknown;
}

describe.skipIf(BROWSER === null)('in a browser', { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    browser = await startBrowserUnderTest();
  }, TIMEOUT_MS);
  afterAll(() => browser.stop(), TIMEOUT_MS);

  test('a product is created, and its form says which field is wrong', async () => {
    const page = await browser.window();
    await page.goto('/products');
    await page.getByRole('button', { name: 'New product' }).click();
    const form = page.getByRole('dialog', { name: 'New product' });
    await form.getByLabel('SKU').fill('NEW-1');
    await form.getByLabel('Name').fill('Teapot');
    await form.getByLabel('Price').fill('cheap');
    await form.getByRole('button', { name: 'Create' }).click();
    await form.getByRole('textbox', { name: 'Price' }).and(page.locator('[aria-invalid=true]')).waitFor();
    await form.getByLabel('Price').fill('12.5');
    await form.getByRole('button', { name: 'Create' }).click();
    const panel = page.getByRole('dialog', { name: 'Teapot' });
    await panel.getByText('Created', { exact: true }).first().waitFor();
    await expectAccessible(page);
    expect(await list('products?sku=new-1')).toMatchObject([
      { name: 'Teapot', price: '12.50', active: true },
    ]);
  });

  test('a list shows what others write, while one looks at it', async () => {
    const page = await browser.window();
    await page.goto('/products?q=seen+live');
    await page.getByText('No product fits the filter').waitFor();
    const { id } = await write('POST', 'products', { sku: 'LIVE-1', name: 'Seen live', price: '10' });
    await page.getByRole('cell', { name: 'Seen live' }).waitFor();
    await write('PATCH', `products/${id}`, { price: '12.5' });
    await page.getByRole('cell', { name: '12.50' }).waitFor();
    await write('DELETE', `products/${id}`);
    await page.getByText('No product fits the filter').waitFor();
  });

  test('of a product that somebody else changed meanwhile the form shows what, and nothing is lost', async () => {
    const { id } = await write('POST', 'products', { sku: 'ED-1', name: 'Mug', price: '10', stock: 3 });
    const page = await browser.window();
    await page.goto(`/products/${id}`);
    await page.getByRole('button', { name: 'Edit' }).click();
    const form = page.getByRole('dialog', { name: 'Edit Mug' });
    await form.getByLabel('Price').fill('12');
    await write('PATCH', `products/${id}`, { price: '11', stock: 4 });
    await form.getByRole('button', { name: 'Save', exact: true }).click();

    await form.getByText('Price: 10.00 → 11.00; yours is kept: 12.00').waitFor();
    await form.getByText('Stock: 3 → 4').waitFor();
    expect(await list('products?sku=ed-1')).toMatchObject([{ price: '11.00', stock: 4 }]);

    await form.getByRole('button', { name: 'Save on top of it' }).click();
    await form.waitFor({ state: 'detached' });
    expect(await list('products?sku=ed-1')).toMatchObject([{ price: '12.00', stock: 4, version: 3 }]);
    // Its history says all of it, newest first.
    const history = page.getByRole('region', { name: 'History' }).getByRole('listitem');
    await expect.poll(() => history.count(), PATIENCE).toBe(3);
    expect(await history.first().textContent()).toContain('11.00 → 12.00');
  });

  test('what fits a filter is deleted by a job once its number was confirmed, and the undo brings it back', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => `BULK-${String(row)},Lamp,${String(row)}`);
    const job = await browser.under.post(csv('sku,name,price', ...rows));
    await browser.under.waitFor(job.id, 'completed');
    // A list that is filtered shows what an import wrote some time after it.
    await until(async () => (await list('products?name=lamp&priceMax=9')).length === 10);

    const page = await browser.window({ role: 'admin' });
    await page.goto('/products?name=lamp&priceMax=9');
    await page.getByText('10 products', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete all that fit the filter' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete 10 products?' });
    await dialog.getByText('Price to: 9').waitFor();
    await dialog.getByRole('button', { name: 'Delete 10 products' }).click();
    await page.waitForURL(/\/jobs\/[\w-]{36}/);
    await expect.poll(async () => (await list('products?name=lamp')).length, PATIENCE).toBe(30);

    const id = page.url().split('/').at(-1) ?? '';
    // The records are gone before the job has ended, and only what has ended can be undone.
    await browser.under.waitFor(id, 'completed');
    const undone = await browser.under.send(`/api/jobs/${id}/undo`);
    expect(undone.status).toBe(202);
    await expect.poll(async () => (await list('products?name=lamp')).length, PATIENCE).toBe(40);
  });

  test('what was chosen in the list is deleted, and nothing else; who is no admin is not offered it', async () => {
    for (const sku of ['SEL-1', 'SEL-2', 'SEL-3'])
      await write('POST', 'products', { sku, name: `Chosen ${sku}`, price: '1' });
    const address = '/products?name=chosen&sort=sku';
    const page = await browser.window({ role: 'admin' });
    await page.goto(address);
    await page.getByLabel('Select Chosen SEL-1').check();
    await page.getByLabel('Select Chosen SEL-3').check();
    await page.getByText('2 products selected').waitFor();
    await page.getByRole('button', { name: 'Delete selected' }).click();
    await page.getByRole('button', { name: 'Delete 2 products' }).click();
    await page.waitForURL(/\/jobs\/[\w-]{36}/);
    await expect
      .poll(async () => (await list('products?name=chosen')).map(({ sku }) => sku), PATIENCE)
      .toEqual(['SEL-2']);

    const operator = await browser.window();
    await operator.goto(address);
    await operator.getByRole('link', { name: 'SEL-2' }).waitFor();
    expect(await operator.getByRole('checkbox').count()).toBe(0);
    expect(await operator.getByRole('button', { name: /^Delete/ }).count()).toBe(0);
  });

  test('a list is sorted by its headings, and the address shows the same again', async () => {
    for (const [sku, price] of [
      ['SORT-1', '30'],
      ['SORT-2', '10'],
      ['SORT-3', '20'],
    ])
      await write('POST', 'products', { sku, name: `Sorted ${sku ?? ''}`, price });
    const page = await browser.window();
    await page.goto('/products?name=sorted');
    const skus = () => page.getByRole('table').getByRole('link').allTextContents();
    await page.getByRole('button', { name: 'Price' }).click();
    await expect.poll(skus, PATIENCE).toEqual(['SORT-2', 'SORT-3', 'SORT-1']);
    await page.getByRole('button', { name: 'Price' }).click();
    await expect.poll(skus, PATIENCE).toEqual(['SORT-1', 'SORT-3', 'SORT-2']);
    await page.reload();
    await expect.poll(skus, PATIENCE).toEqual(['SORT-1', 'SORT-3', 'SORT-2']);
    await page
      .getByRole('columnheader', { name: 'Price' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor();
  });

  test('a person is erased by an admin, with what is told of it', async () => {
    const { id } = await write('POST', 'customers', {
      email: 'gone@example.com',
      name: 'Gone Soon',
      company: 'Nowhere',
    });
    const page = await browser.window({ role: 'admin' });
    await page.goto(`/customers/${id}`);
    await page.getByRole('button', { name: 'Erase the person' }).click();
    await page.getByRole('button', { name: 'Erase for ever' }).click();
    const told = page.getByRole('dialog', { name: 'The person is erased' });
    await told.getByText('No uploaded file holds the person.').waitFor();
    await told.getByRole('button', { name: 'Close' }).click();
    expect((await browser.under.get(`/api/customers/${id}/history`)).status).toBe(404);
  });
});

async function list(path: string): Promise<Item[]> {
  const response = await browser.under.get(`/api/${path}`);
  return ((await response.json()) as { items: Item[] }).items;
}

async function write(method: string, path: string, body: object = {}): Promise<Item> {
  const response = await fetch(`${browser.under.stack.apiUrl}/api/${path}`, {
    method,
    headers: {
      authorization: browser.under.authorization,
      'content-type': 'application/json',
      ...(method === 'POST' ? {} : { 'if-match': '*' }),
    },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
  return (response.status === 204 ? {} : await response.json()) as Item;
}
