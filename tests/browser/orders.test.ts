import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BROWSER,
  type BrowserUnderTest,
  expectAccessible,
  startBrowserUnderTest,
} from './browser-under-test.ts';

let browser: BrowserUnderTest;
const TIMEOUT_MS = 240_000;
const PATIENCE = { timeout: 60_000 };

describe.skipIf(BROWSER === null)('in a browser', { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    browser = await startBrowserUnderTest({ env: { ORDER_RETRY_DELAYS_MS: '50' } });
    await send('products', { sku: 'CUP', name: 'Cup', price: '10', stock: 100 });
  }, TIMEOUT_MS);
  afterAll(() => browser.stop(), TIMEOUT_MS);

  test('an order is made by hand, and followed live until it is shipped', async () => {
    const page = await browser.window();
    await page.goto('/orders');
    await page.getByRole('button', { name: 'New order' }).click();
    const form = page.getByRole('dialog', { name: 'New order' });
    await form.getByLabel('SKU').fill('CUP');
    await form.getByLabel('Pieces').fill('2');
    await form.getByLabel('Id of the order').fill('hand-1');
    await form.getByRole('button', { name: 'Order', exact: true }).click();
    await page.waitForURL(/\/orders\/hand-1$/);
    await entry(page, 'Ordered');
    await entry(page, 'Payment authorised');
    await entry(page, 'Shipped');
    await page.getByText('EUR 20.00').first().waitFor();
    // Nothing is left to be asked of it but the money.
    await page.getByRole('button', { name: 'Refund the payment' }).waitFor();
    expect(await page.getByRole('button', { name: /Retry|Cancel the order/ }).count()).toBe(0);
    await expectAccessible(page);
  });

  test('the board shows an order that comes from elsewhere, without being read again', async () => {
    const page = await browser.window();
    await page.goto('/orders');
    const shipped = page.getByRole('region', { name: 'Shipped', exact: true });
    await shipped.waitFor();
    await page.locator('[data-live=live]').first().waitFor();
    await send('orders', { orderId: 'board-1', items: [{ sku: 'CUP', qty: 1 }] });
    await shipped.getByRole('link', { name: 'board-1' }).waitFor();
    await send('orders', { orderId: 'board-2', items: [{ sku: 'NO-SUCH', qty: 1 }] });
    await page
      .getByRole('region', { name: 'No stock', exact: true })
      .getByRole('link', { name: 'board-2' })
      .waitFor();
    await expectAccessible(page);
  });

  test('an order whose payment gave up is retried, needs attention still, and is cancelled', async () => {
    await send('orders', {
      orderId: 'stuck-1',
      items: [{ sku: 'CUP', qty: 3 }],
      payment: { token: 'sim_unavailable' },
    });
    const page = await browser.window();
    await page.goto('/attention');
    await page.getByRole('link', { name: 'Order stuck-1' }).click();
    await page.getByText('It waits for an operator').waitFor();
    await page.getByRole('button', { name: 'Retry the payment' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Reason/).fill('the provider is back');
    await dialog.getByRole('button', { name: 'Retry the payment' }).click();
    await entry(page, 'Retry asked for');
    // It is not, and says so again.
    await expect
      .poll(
        () => page.getByRole('region', { name: 'Timeline' }).getByText('A step gave up').count(),
        PATIENCE,
      )
      .toBe(2);
    await page.getByRole('button', { name: 'Cancel the order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the order' }).click();
    await entry(page, 'Cancelling asked for');
    const audit = page.getByRole('table', { name: 'Audit trail' });
    await audit.getByRole('cell', { name: 'the provider is back' }).waitFor();
  });

  test('a payment that was declined is retried, and a shipped order is refunded', async () => {
    await send('orders', {
      orderId: 'declined-1',
      items: [{ sku: 'CUP', qty: 1 }],
      payment: { token: 'sim_decline' },
    });
    const page = await browser.window();
    await page.goto('/orders/declined-1');
    await entry(page, 'Payment declined');
    await page.getByRole('button', { name: 'Retry the payment' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Retry the payment' }).click();
    await expect
      .poll(
        () => page.getByRole('region', { name: 'Timeline' }).getByText('Payment declined').count(),
        PATIENCE,
      )
      .toBe(2);

    await send('orders', { orderId: 'back-1', items: [{ sku: 'CUP', qty: 1 }] });
    await page.goto('/orders/back-1');
    await entry(page, 'Shipped');
    await page.getByRole('button', { name: 'Refund the payment' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Refund the payment' }).click();
    await entry(page, 'Payment refunded');
    const order = await browser.under.get('/api/orders/back-1');
    expect(await order.json()).toMatchObject({ status: 'REFUNDED', payment: { status: 'refunded' } });
  });

  test('who only reads is offered nothing to do', async () => {
    const page = await browser.window({ role: 'viewer' });
    await page.goto('/orders?view=list');
    await page.getByRole('table', { name: 'Orders' }).waitFor();
    expect(await page.getByRole('button', { name: 'New order' }).count()).toBe(0);
    await page.goto('/orders/hand-1');
    await entry(page, 'Shipped');
    expect(await page.getByRole('button', { name: 'Refund the payment' }).count()).toBe(0);
  });
});

async function entry(page: Page, words: string): Promise<void> {
  await page.getByRole('region', { name: 'Timeline' }).getByText(words, { exact: true }).first().waitFor();
}

async function send(path: string, body: object): Promise<void> {
  const response = await fetch(`${browser.under.stack.apiUrl}/api/${path}`, {
    method: 'POST',
    headers: { authorization: browser.under.authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(201);
}
