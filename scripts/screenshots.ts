import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { findBrowser, launchBrowser } from './lib/browser.ts';
import { DATA_DIR_FLAG, runScript, say } from './lib/cli.ts';
import { dataDirOf, runningStack } from './lib/local-stack.ts';
import { signInLink } from './lib/sign-token.ts';
import { VIEWS } from './lib/views.ts';

const WIDTHS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
const SCHEMES = ['light', 'dark'] as const;

await runScript(
  {
    call: 'npm run screenshots --',
    summary:
      'Takes pictures of every view of the web app of the running stack, light and dark, wide and narrow, into the folder\n' +
      'screenshots of its data folder. Needs a Chromium on this machine.',
    flags: {
      only: { type: 'string', value: 'NAME', help: 'views whose name begins with this' },
      out: { type: 'string', value: 'FOLDER', help: 'another folder' },
      'data-dir': DATA_DIR_FLAG,
    },
    examples: ['npm run screenshots', 'npm run screenshots -- --only jobs'],
  },
  async (flags) => {
    const dataDir = dataDirOf(flags['data-dir']);
    const stack = await runningStack(dataDir);
    if (stack?.urls == null) throw new Error(`no stack runs on ${dataDir}; start it with \`npm start\``);
    const program = findBrowser();
    if (program === null)
      throw new Error('there is no Chromium on this machine; set CHROMIUM_PATH to one, or install it');
    const folder = path.resolve(flags.out ?? path.join(dataDir, 'screenshots'));
    await mkdir(folder, { recursive: true });

    const browser = await launchBrowser(program);
    try {
      const { api } = stack.urls;
      const link = await signInLink(api, dataDir, 'admin');
      const signedIn = await browser.newContext();
      const first = await signedIn.newPage();
      await first.goto(link);
      await first.getByRole('navigation').waitFor();
      const state = await signedIn.storageState();
      for (const [name, view] of Object.entries(VIEWS)) {
        if (flags.only !== undefined && !name.startsWith(flags.only)) continue;
        for (const [width, viewport] of Object.entries(WIDTHS)) {
          for (const colorScheme of SCHEMES) {
            const context = await browser.newContext({
              viewport,
              colorScheme,
              storageState: name === 'sign-in' ? undefined : state,
            } as Parameters<typeof browser.newContext>[0]);
            const page = await context.newPage();
            await view(page, api);
            await settled(page);
            const file = path.join(folder, `${name}-${width}-${colorScheme}.png`);
            // What is on its way to another look is shown as it ends.
            await page.screenshot({ path: file, animations: 'disabled' });
            say(file);
            await context.close();
          }
        }
      }
    } finally {
      await browser.close();
    }
  },
);

/** What is being read is there. */
async function settled(page: Page): Promise<void> {
  await page
    .locator('[aria-busy=true], [role=status][aria-label=Loading]')
    .first()
    .waitFor({ state: 'detached' });
}
