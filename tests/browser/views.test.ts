import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/lib/local-stack.ts';
import { VIEWS } from '../../scripts/lib/views.ts';
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

describe.skipIf(BROWSER === null)('every view', { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    browser = await startBrowserUnderTest();
    const job = await browser.under.post('sku,name,price\nX-1,Mug,1\nX-2,Plate,cheap\n');
    await browser.under.waitFor(job.id, 'completed');
  }, TIMEOUT_MS);
  afterAll(() => browser.stop(), TIMEOUT_MS);

  test.each(['light', 'dark'] as const)('can be used by everybody, in %s colours', async (colorScheme) => {
    const page = await browser.window({ colorScheme, role: 'admin' });
    for (const [name, view] of Object.entries(VIEWS)) {
      if (name === 'sign-in') continue;
      await view(page, browser.under.stack.apiUrl);
      await page.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
      await expectAccessible(page).catch((error: unknown) => {
        throw new Error(`${name}: ${String(error)}`);
      });
    }
  });

  test('fits a narrow window: nothing of a page lies beside it', async () => {
    const page = await browser.window({ viewport: { width: 360, height: 740 }, role: 'admin' });
    for (const [name, view] of Object.entries(VIEWS)) {
      if (name === 'sign-in') continue;
      await view(page, browser.under.stack.apiUrl);
      const beside = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(beside, name).toBeLessThanOrEqual(0);
    }
  });

  test('can be reached by keys alone', async () => {
    const page = await browser.window();
    await page.goto('/jobs');
    await page.getByRole('table').getByRole('link').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('To the content');
    const seen = new Set<string>();
    for (let press = 0; press < 30; press += 1) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate<string>('document.activeElement.textContent'));
    }
    expect([...seen]).toEqual(expect.arrayContaining(['Home', 'Jobs', 'test.csv']));
    await page.getByRole('link', { name: 'test.csv' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('tablist').waitFor();
  });

  test('of many rows keeps few of them in the page, and reads no more than one scrolls to', async () => {
    const rows = 20_000;
    const job = await browser.under.post(
      csv('sku,name,price', ...Array.from({ length: rows }, (_, row) => `G-${String(row)},Mug,1`)),
    );
    await browser.under.waitFor(job.id, 'completed');
    const page = await browser.window();
    let pages = 0;
    page.on('request', (request) => {
      if (request.url().includes('/rows?')) pages += 1;
    });
    await page.goto(`/jobs/${job.id}`);
    const table = page.getByRole('region', { name: 'Rows of the job' });
    await table.getByRole('row').nth(5).waitFor();
    // A page that is on its way makes the table longer when it comes: the end is further down then.
    const scrollDown = `document.querySelector('[role=region][aria-label="Rows of the job"]').scrollTop = 1e9`;
    await until(async () => {
      await page.evaluate(scrollDown);
      return pages >= 12;
    });
    expect(await table.getByRole('row').count()).toBeLessThan(100);
    expect(pages).toBeLessThan(40);
    await page.getByRole('searchbox', { name: 'Search rows' }).fill('G-19987');
    await table.getByRole('cell', { name: 'G-19987' }).waitFor();
    expect(await table.getByRole('row').count()).toBe(2);
  });
});

test('the first visit loads less than 300 kB, and no view more than 150 kB besides', async () => {
  const folder = join(ROOT, 'web', 'dist');
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  const first = new Set([...page.matchAll(/assets\/([^"]+\.(?:js|css))"/g)].map(([, name]) => name ?? ''));
  const sizeOf = async (name: string): Promise<number> =>
    (await readFile(join(folder, 'assets', `${name}.gz`))).length;
  const sum = (await Promise.all([...first].map(sizeOf))).reduce((total, size) => total + size, 0);
  expect(first.size).toBeGreaterThan(0);
  expect(sum).toBeLessThan(300_000);
  const others = (await readdir(join(folder, 'assets'))).filter(
    (name) => /\.(?:js|css)$/.test(name) && !first.has(name),
  );
  expect(others.length).toBeGreaterThan(4);
  for (const name of others) expect(await sizeOf(name), name).toBeLessThan(150_000);
});
