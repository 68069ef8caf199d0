import type { Page } from 'playwright-core';

/** With numbers, a column that nobody knows, and a fault, as they come from suppliers. */
const SEMICOLONS = {
  name: 'supplier-7.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(
    'Artikelnummer;Bezeichnung;Preis;Lagerbestand;Regal\n' +
      'BEK-100;"Becher, blau";12,50;40;A1\nBEK-101;"Becher, rot";zwölf;12;A1\nTEL-200;Teller;1.249,00;7;B3\n',
  ),
};

/** The views of the web app, and how one gets to each. A new view has a line here. */
export const VIEWS: Readonly<Record<string, (page: Page, url: string) => Promise<unknown>>> = {
  'sign-in': (page, url) => page.goto(`${url}/`),
  home: (page, url) => page.goto(`${url}/`),
  attention: (page, url) => page.goto(`${url}/attention`),
  job: async (page, url) => {
    await page.goto(`${url}/jobs`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('tablist').waitFor();
  },
  ...Object.fromEntries(
    ['chunks', 'speed', 'audit', 'about'].map((tab) => [
      `job-${tab}`,
      async (page: Page, url: string) => {
        await page.goto(`${url}/jobs`);
        await page.getByRole('table').getByRole('link').first().click();
        await page.getByRole('tablist').waitFor();
        await page.goto(`${page.url()}?tab=${tab}`);
        await page.getByRole('tabpanel').waitFor();
      },
    ]),
  ),
  import: (page, url) => page.goto(`${url}/import`),
  'import-preview': async (page, url) => {
    await page.goto(`${url}/import`);
    await page.getByTestId('file').setInputFiles(SEMICOLONS);
    await page.getByRole('heading', { name: /The first/ }).waitFor();
  },
  jobs: (page, url) => page.goto(`${url}/jobs`),
  'jobs-none': (page, url) => page.goto(`${url}/jobs?status=paused`),
  products: (page, url) => page.goto(`${url}/products?sort=sku`),
  'products-filtered': (page, url) => page.goto(`${url}/products?q=a&active=true&priceMax=100&sort=-price`),
  'products-none': (page, url) => page.goto(`${url}/products?q=there+is+no+such+thing`),
  product: async (page, url) => {
    await page.goto(`${url}/products?sort=sku`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('dialog').getByRole('listitem').first().waitFor();
  },
  'product-edit': async (page, url) => {
    await page.goto(`${url}/products?sort=sku`);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Price').waitFor();
  },
  'products-delete': async (page, url) => {
    await page.goto(`${url}/products`);
    await page.getByRole('button', { name: 'Delete all products' }).click();
    await page.getByLabel(/to go on/).waitFor();
  },
  customers: (page, url) => page.goto(`${url}/customers?sort=email`),
  orders: (page, url) => page.goto(`${url}/orders`),
  'orders-list': (page, url) => page.goto(`${url}/orders?view=list`),
  'order-new': async (page, url) => {
    await page.goto(`${url}/orders`);
    await page.getByRole('button', { name: 'New order' }).click();
    await page.getByLabel('SKU').waitFor();
  },
  webhooks: (page, url) => page.goto(`${url}/webhooks`),
  'webhook-new': async (page, url) => {
    await page.goto(`${url}/webhooks`);
    await page.getByRole('button', { name: 'New endpoint' }).click();
    await page.getByLabel('URL').waitFor();
  },
};
