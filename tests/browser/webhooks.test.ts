import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Fault,
  OK,
  startWebhookReceiver,
  verifyMessage,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';
import {
  BROWSER,
  type BrowserUnderTest,
  expectAccessible,
  startBrowserUnderTest,
} from './browser-under-test.ts';

let browser: BrowserUnderTest;
let receiver: WebhookReceiver;
/** How the receiver answers at each of its addresses; 204 where nothing is said. */
const answers = new Map<string, Fault>();
const TIMEOUT_MS = 240_000;
const PATIENCE = { timeout: 60_000 };

describe.skipIf(BROWSER === null)('in a browser', { timeout: TIMEOUT_MS }, () => {
  beforeAll(async () => {
    receiver = await startWebhookReceiver(({ path }) => answers.get(path) ?? OK);
    browser = await startBrowserUnderTest({
      env: { WEBHOOKS_ALLOW_PRIVATE_NETWORKS: 'true', WEBHOOKS_RETRY_DELAYS_MS: '50' },
    });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser.stop();
    await receiver.stop();
  }, TIMEOUT_MS);

  test('an endpoint is added, its secret is shown once and verifies the test that is sent from there', async () => {
    const page = await browser.window({ role: 'admin' });
    const secret = await addEndpoint(page, '/one', 'Products: all');
    await page.getByRole('heading', { name: receiver.urlOf('/one') }).waitFor();
    expect(await page.getByText(secret).count()).toBe(0);

    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The receiver took it.').waitFor();
    await page.getByText('Status 204').waitFor();
    await expectAccessible(page);
    const [message] = receiver.takenAt('/one');
    expect(message?.event.type).toBe('webhook.test');
    verifyMessage(message!, secret);

    answers.set('/one', { kind: 'answer', status: 500, body: 'out of order' });
    await page.getByRole('button', { name: 'Send another' }).click();
    await page.getByText('The receiver did not take it.').waitFor();
    await page.getByText('Status 500').waitFor();
    await page.getByText('out of order').waitFor();
    // What gave up would wait under Attention.
    answers.delete('/one');
  });

  test('a new secret signs beside the earlier one', async () => {
    const page = await browser.window({ role: 'admin' });
    const first = await addEndpoint(page, '/rotated', 'Products: all');
    await page.getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('button', { name: 'Make a new secret' }).click();
    const second = await takeSecret(page);
    expect(second).not.toBe(first);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The receiver took it.').waitFor();
    const [message] = receiver.takenAt('/rotated');
    verifyMessage(message!, first);
    verifyMessage(message!, second);
  });

  test('what a receiver did not take is listed with its attempts, and sent again', async () => {
    answers.set('/down', { kind: 'answer', status: 503, body: 'back soon' });
    const page = await browser.window({ role: 'admin' });
    await addEndpoint(page, '/down', 'A product was created');
    for (const sku of ['HOOK-1', 'HOOK-2']) await createProduct(sku);
    const rows = page.getByRole('region', { name: 'Deliveries' }).getByRole('row');
    await expect.poll(() => rows.filter({ hasText: 'Failed' }).count(), PATIENCE).toBe(2);
    await rows.getByRole('link', { name: 'product.created' }).first().click();
    const panel = page.getByRole('dialog', { name: 'product.created' });
    await panel.getByText('back soon').first().waitFor();
    await panel.getByRole('heading', { name: 'Attempts (2)' }).waitFor();
    await expectAccessible(page);

    answers.delete('/down');
    await panel.getByRole('button', { name: 'Send again' }).click();
    await panel.getByText('Delivered').waitFor();
    await panel.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Send failed ones again' }).click();
    await page.getByRole('button', { name: 'Send them again' }).click();
    await page.getByText('1 delivery is on the way.').waitFor();
    await expect.poll(() => rows.filter({ hasText: 'Delivered' }).count(), PATIENCE).toBe(2);
    expect(new Set(receiver.takenAt('/down').map(({ id }) => id)).size).toBe(2);
  });

  test('deliveries that gave up wait under Attention, are counted there, and go out again from there', async () => {
    answers.set('/stuck', { kind: 'answer', status: 503 });
    const page = await browser.window({ role: 'admin' });
    const viewer = await browser.window({ role: 'viewer' });
    await addEndpoint(page, '/stuck', 'A product was created');
    await createProduct('HOOK-STUCK');
    await page.getByLabel('1 need attention').waitFor();
    await page.getByRole('link', { name: /Attention/ }).click();
    const waiting = page.getByRole('article', { name: receiver.urlOf('/stuck') });
    await waiting.getByText('1 delivery gave up.').waitFor();
    await waiting.getByText(/after 2 attempts: .*status 503/).waitFor();
    await expectAccessible(page);
    // Who is no admin is told of it, and not where it goes.
    await viewer.goto('/attention');
    await viewer.getByText('1 delivery gave up.').waitFor();
    expect(await viewer.getByText('/stuck').count()).toBe(0);
    expect(await viewer.getByRole('article').getByRole('button').count()).toBe(0);

    answers.delete('/stuck');
    await waiting.getByRole('button', { name: 'Send again' }).click();
    await page
      .getByRole('dialog')
      .getByText(/go out again/)
      .waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Nothing needs attention').waitFor();
    await viewer.getByText('Nothing needs attention').waitFor();
    await expect.poll(() => receiver.takenAt('/stuck').length, PATIENCE).toBe(1);
  });

  test('one that is switched off is sent nothing, and one that was deleted is gone', async () => {
    const page = await browser.window({ role: 'admin' });
    await addEndpoint(page, '/witness', 'Products: all');
    await addEndpoint(page, '/off', 'Products: all');
    await page.getByRole('button', { name: 'Switch off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
    await page.getByText('Off', { exact: true }).waitFor();
    await createProduct('HOOK-OFF');
    // Who is on is told: so the event is past being given out.
    await expect.poll(() => receiver.takenAt('/witness').length, PATIENCE).toBe(1);
    await page.getByRole('button', { name: 'Switch on' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Switch on' }).click();
    await page.getByText('On', { exact: true }).waitFor();
    await createProduct('HOOK-ON');
    await expect.poll(() => receiver.takenAt('/off').length, PATIENCE).toBe(1);
    expect(receiver.takenAt('/off')[0]?.body).toContain('HOOK-ON');

    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.waitForURL(/\/webhooks$/);
    await page.getByRole('table', { name: 'Webhooks' }).waitFor();
    await page.getByRole('link', { name: receiver.urlOf('/off') }).waitFor({ state: 'detached' });
  });

  test('who is no admin is shown none of it', async () => {
    const page = await browser.window();
    expect(await page.getByRole('link', { name: 'Webhooks' }).count()).toBe(0);
    await page.goto('/webhooks');
    await page.getByText('Only admins see webhooks').waitFor();
    expect(await page.getByRole('button', { name: 'New endpoint' }).count()).toBe(0);
  });
});

/** @returns its secret */
async function addEndpoint(page: Page, path: string, events: string): Promise<string> {
  await page.goto('/webhooks');
  await page.getByRole('button', { name: 'New endpoint' }).click();
  await page.getByLabel('URL').fill(receiver.urlOf(path));
  await page.getByRole('checkbox', { name: events }).check();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const secret = await takeSecret(page);
  await page.waitForURL(/\/webhooks\/[\w-]{36}$/);
  return secret;
}

async function takeSecret(page: Page): Promise<string> {
  const secret = await page.getByRole('textbox', { name: 'Secret' }).inputValue();
  expect(secret).toMatch(/^whsec_/);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  return secret;
}

async function createProduct(sku: string): Promise<void> {
  const response = await fetch(`${browser.under.stack.apiUrl}/api/products`, {
    method: 'POST',
    headers: { authorization: browser.under.authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ sku, name: 'Mug', price: '1' }),
  });
  expect(response.status).toBe(201);
}
