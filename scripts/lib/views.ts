import type { Page } from 'playwright-core';
import type { Showcase } from './showcase.ts';

/** With numbers, a column that nobody knows, and a fault, as they come from suppliers. */
const SEMICOLONS = {
  name: 'supplier-7.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from(
    'Artikelnummer;Bezeichnung;Preis;Lagerbestand;Regal\n' +
      'BEK-100;"Becher, blau";12,50;40;A1\nBEK-101;"Becher, rot";zwölf;12;A1\nTEL-200;Teller;1.249,00;7;B3\n',
  ),
};

/** How one gets to a view. */
export type View = (page: Page, url: string) => Promise<unknown>;

/** The views of the web app, and how one gets to each. A new view has a line here. */
export const VIEWS: Readonly<Record<string, View>> = {
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
  'products-filtered': (page, url) => page.goto(`${url}/products?q=blue&active=true&priceMax=60&sort=-price`),
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

/**
 * The views of a showcase: those that show what is running come first, as long as it is.
 * @param running a job under way
 */
export function showcaseViews(ids: Showcase['ids'], running: string): Readonly<Record<string, View>> {
  const jobAt =
    (id: string, query = ''): View =>
    async (page, url) => {
      await page.goto(`${url}/jobs/${id}${query}`);
      await page.getByRole('tabpanel').waitFor();
    };
  const asked =
    (view: View, button: string): View =>
    async (page, url) => {
      await view(page, url);
      await page.getByRole('button', { name: button, exact: true }).first().click();
      await page.getByRole('dialog').waitFor();
    };
  const orderWith =
    (status: string): View =>
    async (page, url) => {
      await page.goto(`${url}/orders?view=list&status=${status}`);
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    };
  const { home, jobs, ...others } = VIEWS;
  const whileItRuns = {
    running: jobAt(running),
    'running-chunks': jobAt(running, '?tab=chunks'),
    home,
    jobs,
  };
  return {
    ...(whileItRuns as Record<string, View>),
    'running-speed': jobAt(running, '?tab=speed'),
    parked: jobAt(ids.parked),
    'parked-cancel': asked(jobAt(ids.parked), 'Cancel'),
    'parked-reset': asked(jobAt(ids.parked), 'Reset'),
    'parked-chunks': jobAt(ids.parked, '?tab=chunks'),
    rejected: jobAt(ids.rejected, '?outcome=rejected'),
    'rejected-repair': async (page, url) => {
      await jobAt(ids.rejected, '?outcome=rejected')(page, url);
      await page
        .getByRole('button', { name: /^Repair row/ })
        .first()
        .click();
      await page.getByRole('form').waitFor();
    },
    undo: jobAt(ids.undo),
    'dry-run': jobAt(ids.dryRun),
    failed: jobAt(ids.failed),
    ...others,
    'orders-filtered': (page, url) => page.goto(`${url}/orders?view=list&status=PAYMENT_FAILED`),
    'order-shipped': orderWith('SHIPPED'),
    'order-parked': async (page, url) => {
      await page.goto(`${url}/attention`);
      await page
        .getByRole('article')
        .getByRole('link', { name: /^Order/ })
        .first()
        .click();
      await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    },
    'order-refunded': orderWith('REFUNDED'),
    'order-none': (page, url) => page.goto(`${url}/orders/there-is-none`),
    'customer-edit': async (page, url) => {
      await page.goto(`${url}/customers?sort=email`);
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByLabel('Company').waitFor();
    },
    'products-selected': async (page, url) => {
      await page.goto(`${url}/products?sort=sku`);
      await page.getByRole('checkbox').nth(2).check();
      await page.getByRole('checkbox').nth(4).check();
    },
    webhook: (page, url) => page.goto(`${url}/webhooks/${ids.webhook}`),
    'webhook-delivery': async (page, url) => {
      await page.goto(`${url}/webhooks/${ids.webhook}?status=failed`);
      await page.getByRole('table').getByRole('link').first().click();
      await page.getByRole('dialog').waitFor();
    },
    'not-found': (page, url) => page.goto(`${url}/nowhere`),
  };
}
