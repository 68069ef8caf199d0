import { existsSync } from 'node:fs';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Role } from '../../contracts/words.ts';
import { findBrowser, launchBrowser } from '../../scripts/lib/browser.ts';
import { ROOT } from '../../scripts/lib/local-stack.ts';
import { signInLink } from '../../scripts/lib/sign-token.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import type { StackOptions } from '../../scripts/stack/stack.ts';

/** The bound of a condition that never comes, on a machine that is busy. */
const PATIENCE_MS = 90_000;

/** Null where there is none: the tests are then skipped, aloud, and in CI they fail. */
export const BROWSER = findBrowser();

if (BROWSER === null) {
  const text =
    'NO CHROMIUM WAS FOUND: the tests of the web app do not run. Install one, or set CHROMIUM_PATH.';
  if (process.env.CI !== undefined) throw new Error(text);
  process.stderr.write(`\n${'!'.repeat(text.length)}\n${text}\n${'!'.repeat(text.length)}\n\n`);
}

/** A real browser before a real stack. */
export interface BrowserUnderTest {
  under: StackUnderTest;
  /** A window of somebody who is signed in. */
  window: (options?: BrowserContextOptions & { role?: Role }) => Promise<Page>;
  stop: () => Promise<void>;
}

export async function startBrowserUnderTest(options: Partial<StackOptions> = {}): Promise<BrowserUnderTest> {
  if (!existsSync(path.join(ROOT, 'web', 'dist', 'index.html')))
    throw new Error('the web app is not built: run `npm run build:web`');
  const under = await startStackUnderTest({ postgresSettings: { fsync: 'off' }, ...options });
  const browser: Browser = await launchBrowser(BROWSER ?? '');
  const contexts: BrowserContext[] = [];
  /** What pages complained about: faults of scripts, and what the policy refused. */
  const complaints: string[] = [];
  return {
    under,
    async window({ role = 'operator', ...contextOptions } = {}) {
      const context = await browser.newContext({
        baseURL: under.stack.apiUrl,
        locale: 'en-GB',
        ...contextOptions,
      });
      contexts.push(context);
      context.setDefaultTimeout(PATIENCE_MS);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (/Content Security Policy/i.test(message.text())) complaints.push(message.text());
      });
      await page.goto(await signInLink(under.stack.apiUrl, under.stack.dataDir, role));
      await page
        .getByRole('button', { name: 'Sign out' })
        .or(page.getByRole('button', { name: 'Menu' }))
        .waitFor();
      return page;
    },
    async stop() {
      await browser.close();
      await under.stop();
      expect(complaints).toEqual([]);
    },
  };
}

/** Fails with every serious thing that keeps somebody from using the page. */
export async function expectAccessible(page: Page): Promise<void> {
  // A colour that is on its way to another is neither of them.
  await page.evaluate(
    `Promise.allSettled(document.getAnimations()
       .filter((one) => one.effect.getComputedTiming().endTime !== Infinity).map((one) => one.finished))`,
  );
  // Past the page's policy, which allows no script but its own.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(({ id, nodes }) =>
    [id, ...nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ''}`)].join('\n'),
  );
  // An assertion would cut the text short.
  if (told.length > 0) throw new Error(`at ${page.url()}:\n${told.join('\n\n')}`);
}
