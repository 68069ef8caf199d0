import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv } from '../support/csv.ts';
import { holdCustomers, waitingConnections } from '../support/hold.ts';
import { until } from '../support/until.ts';
import { BROWSER, type BrowserUnderTest, startBrowserUnderTest } from './browser-under-test.ts';

let browser: BrowserUnderTest;
const TIMEOUT_MS = 240_000;

describe.skipIf(BROWSER === null)('in a browser', { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    browser = await startBrowserUnderTest({
      env: { IMPORT_CHUNK_ROWS: '4', IMPORT_RETRY_DELAYS_MS: '50,50', HOUSEKEEPING_INTERVAL_MS: '1000' },
    });
  }, TIMEOUT_MS);
  afterAll(() => browser.stop(), TIMEOUT_MS);

  test('a supplier’s file with semicolons goes in by picked columns, and is followed live to its end', async () => {
    const page = await browser.window();
    await page.goto('/import');
    await choose(
      page,
      'supplier.csv',
      'Nummer;Was;Betrag;Ort\r\nS-1;"Becher; blau";12,50;A\r\nS-2;Teller;1.249,00;B\r\n',
    );
    await page.getByText(/It is not clear what the file holds/).waitFor();
    await page.getByLabel('Kind', { exact: true }).click();
    await page.getByRole('option', { name: 'Products' }).click();
    await pick(page, 'sku', 'Nummer');
    await pick(page, 'name', 'Was');
    await pick(page, 'price', 'Betrag');
    // As they will be stored, not as they are written.
    await page.getByRole('cell', { name: '12.50', exact: true }).waitFor();
    await page.getByRole('cell', { name: '1249.00', exact: true }).waitFor();
    await page.getByText('Not imported: Ort').waitFor();
    await page.getByRole('button', { name: 'Start the import' }).click();
    await page.waitForURL(/\/jobs\/[\w-]{36}$/);
    await status(page, 'Completed');
    await page.getByRole('button', { name: 'Created 2', exact: true }).waitFor();
    await page.getByRole('cell', { name: 'Becher; blau' }).waitFor();

    const found = await browser.under.get('/api/products?sku=s-2');
    expect(await found.json()).toMatchObject({ items: [{ sku: 'S-2', name: 'Teller', price: '1249.00' }] });
  });

  test('columns that were saved are suggested when the next file of the supplier comes', async () => {
    const page = await browser.window();
    const header = 'Kennung;Titel X;Betrag Y\n';
    await page.goto('/import');
    await choose(page, 'one.csv', `${header}M-1;Becher;1,50\n`);
    await page.getByLabel('Kind', { exact: true }).click();
    await page.getByRole('option', { name: 'Products' }).click();
    await pick(page, 'sku', 'Kennung');
    await pick(page, 'name', 'Titel X');
    await pick(page, 'price', 'Betrag Y');
    await page.getByRole('button', { name: 'Save these columns' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Supplier 7');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved as “Supplier 7”').waitFor();

    await page.goto('/import');
    await choose(page, 'two.csv', `${header}M-2;Teller;2,50\n`);
    await page.getByLabel('Kind', { exact: true }).click();
    await page.getByRole('option', { name: 'Products' }).click();
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByRole('cell', { name: '2.50', exact: true }).waitFor();
  });

  test('an upload whose line breaks is sent again, and makes one job', async () => {
    const page = await browser.window();
    await page.goto('/import');
    await choose(page, 'broken-line.csv', 'sku,name,price\nL-1,Mug,1\n');
    let calls = 0;
    // The first request arrives, and its answer does not.
    await page.route('**/api/imports', async (route) => {
      calls += 1;
      if (calls > 1) return route.continue();
      await route.fetch();
      return route.abort('connectionreset');
    });
    await page.getByRole('button', { name: 'Start the import' }).click();
    await page.waitForURL(/\/jobs\/[\w-]{36}$/);
    expect(calls).toBe(2);
    const jobs = (await (await browser.under.get('/api/jobs')).json()) as { items: { filename: string }[] };
    expect(jobs.items.filter(({ filename }) => filename === 'broken-line.csv')).toHaveLength(1);
  });

  test('a rejected row is repaired in place and goes in, and errors.csv can be downloaded', async () => {
    const page = await browser.window();
    const job = await browser.under.post('sku,name,price\nR-1,Mug,1.50\nR-2,Plate,cheap\nR-3,,2\n');
    await browser.under.waitFor(job.id, 'completed');
    await page.goto(`/jobs/${job.id}?outcome=rejected`);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'errors.csv' }).click();
    const download = await downloading;
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toContain('longshore_row');
    expect(text.trimEnd().split('\n')).toHaveLength(3);

    await page.getByRole('button', { name: 'Repair row 2' }).click();
    const form = page.getByRole('form', { name: 'Repair row 2' });
    await form.getByLabel('price').fill('still cheap');
    await form.getByRole('button', { name: 'Save the row' }).click();
    // What the API refuses stands at its field.
    await form.getByText(/price must be a number/).waitFor();
    await form.getByLabel('price').fill('19.90');
    await form.getByRole('button', { name: 'Save the row' }).click();
    await page.getByRole('cell', { name: /Repaired/ }).waitFor();
    await page.getByRole('button', { name: 'Send repaired rows' }).click();
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('button', { name: 'Created 2', exact: true }).waitFor();
    await status(page, 'Completed');
    const found = await browser.under.get('/api/products?sku=r-2');
    expect(await found.json()).toMatchObject({ items: [{ price: '19.90' }] });
  });

  test('an import is paused and resumed, and what is shown follows without a reload', async () => {
    const page = await browser.window();
    const emails = Array.from({ length: 16 }, (_, row) => `p${String(row)}@pause.example`);
    const release = await holdCustomers(browser.under.db, [emails[0] ?? '', emails[4] ?? '']);
    const content = csv('email,name,company', ...emails.map((email) => `${email},Ann,Acme`));
    const job = await browser.under.post(content, 'customers');
    await until(async () => (await waitingConnections(browser.under.db, 'apply-worker')).length === 2);
    await page.goto(`/jobs/${job.id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByText('Starts no new chunk until the job is resumed.').waitFor();
    await page.getByLabel(/Reason/).fill('the supplier calls');
    await page.getByRole('dialog').getByRole('button', { name: 'Pause' }).click();
    await release();
    await status(page, 'Paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await status(page, 'Completed');
    await page.getByRole('button', { name: 'Created 16', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Audit trail' }).click();
    await page.getByRole('cell', { name: 'the supplier calls' }).waitFor();
  });

  test('an import is undone: the records that it made are gone', async () => {
    const page = await browser.window();
    const job = await browser.under.post('sku,name,price\nU-1,Mug,1\nU-2,Plate,2\n');
    await browser.under.waitFor(job.id, 'completed');
    await page.goto(`/jobs/${job.id}`);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page
      .getByRole('dialog')
      .getByText(/An undo can not be undone/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Undo' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/jobs/') && !url.pathname.endsWith(job.id));
    await status(page, 'Completed');
    await page.getByRole('button', { name: 'Set back 2', exact: true }).waitFor();
    expect(await (await browser.under.get('/api/products?sku=u-1')).json()).toMatchObject({ items: [] });
  });

  test('what is parked is told of everywhere at once, and goes on after its cause is healed', async () => {
    const page = await browser.window();
    await page.goto('/jobs');
    await browser.under.db.pool.query('ALTER TABLE customers RENAME TO customers_away');
    const job = await browser.under.post('email,name,company\na@park.example,Ann,Acme\n', 'customers');
    await browser.under.waitFor(job.id, 'needs_attention');
    await page.getByLabel('1 need attention').waitFor();
    await page.getByRole('link', { name: /Attention/ }).click();
    const waiting = page.getByRole('article', { name: 'test.csv' });
    await waiting.getByText(/applying 1/).waitFor();
    await browser.under.db.pool.query('ALTER TABLE customers_away RENAME TO customers');
    await waiting.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('dialog').getByText('Runs the parked parts again.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry' }).click();
    await page.getByText('Nothing needs attention').waitFor();
    expect(await browser.under.waitFor(job.id, 'completed')).toMatchObject({ counts: { created: 1 } });
  });

  test('an admin resets a job that is stuck: nothing that is in goes in twice', async () => {
    const page = await browser.window({ role: 'admin' });
    const operator = await browser.window();
    await browser.under.db.pool.query('ALTER TABLE customers RENAME TO customers_away');
    const job = await browser.under.post('email,name,company\na@reset.example,Ann,Acme\n', 'customers');
    await browser.under.waitFor(job.id, 'needs_attention');
    await browser.under.db.pool.query('ALTER TABLE customers_away RENAME TO customers');
    await operator.goto(`/jobs/${job.id}`);
    await operator.getByRole('button', { name: 'Retry' }).waitFor();
    expect(await operator.getByRole('button', { name: 'Reset' }).count()).toBe(0);
    await page.goto(`/jobs/${job.id}`);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page
      .getByRole('dialog')
      .getByText(/no row goes in twice/)
      .waitFor();
    await page.getByLabel(/Reason/).fill('the workflow hung');
    await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
    await status(page, 'Completed');
    await page.getByRole('button', { name: 'Created 1', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Audit trail' }).click();
    await page.getByRole('cell', { name: 'the workflow hung' }).waitFor();
  });

  test('what happened while the line was away is shown when it is back', async () => {
    const page = await browser.window();
    const emails = Array.from({ length: 8 }, (_, row) => `o${String(row)}@offline.example`);
    const release = await holdCustomers(browser.under.db, [emails[0] ?? '']);
    const content = csv('email,name,company', ...emails.map((email) => `${email},Ann,Acme`));
    const job = await browser.under.post(content, 'customers');
    await page.goto(`/jobs/${job.id}`);
    await status(page, 'Running');
    await page.context().setOffline(true);
    await release();
    await browser.under.waitFor(job.id, 'completed');
    await page.context().setOffline(false);
    await status(page, 'Completed');
  });

  test('a viewer sees all of it, and nothing that a viewer may not do', async () => {
    const page = await browser.window({ role: 'viewer' });
    const job = await browser.under.post('sku,name,price\nV-1,Mug,cheap\n');
    await browser.under.waitFor(job.id, 'completed');
    await page.goto(`/jobs/${job.id}`);
    await page.getByRole('cell', { name: /price must be/ }).waitFor();
    for (const name of ['Undo', 'Repair row 1', 'Pause'])
      expect(await page.getByRole('button', { name }).count()).toBe(0);
    expect(await page.getByRole('link', { name: 'Import' }).count()).toBe(0);
  });

  test('who is not signed in is asked to, and then is where the link led', async () => {
    const page = await browser.window();
    await page.goto('/jobs?status=failed');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').fill(browser.under.authorization.replace('Bearer ', ''));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Jobs' }).waitFor();
    expect(new URL(page.url()).search).toBe('?status=failed');
    await page.getByText('No job fits the filter').waitFor();
  });
});

async function choose(page: Page, name: string, text: string): Promise<void> {
  await page.getByTestId('file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
}

async function pick(page: Page, column: string, header: string): Promise<void> {
  const field = page.getByLabel(`Column of the file for ${column}`);
  await field.click();
  await page.getByRole('option', { name: header, exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('listbox').waitFor({ state: 'detached' });
}

/** Waits until the page says that its job has this status. */
async function status(page: Page, words: string): Promise<void> {
  await page.getByRole('main').getByText(words, { exact: true }).first().waitFor();
}
