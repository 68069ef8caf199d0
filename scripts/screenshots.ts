import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { findBrowser, launchBrowser } from './lib/browser.ts';
import { DATA_DIR_FLAG, runScript, say } from './lib/cli.ts';
import { dataDirOf, ROOT, runningStack } from './lib/local-stack.ts';
import { type Showcase, startShowcase } from './lib/showcase.ts';
import { signInLink } from './lib/sign-token.ts';
import { showcaseViews, type View, VIEWS } from './lib/views.ts';

const WIDTHS = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } } as const;
/** The stream tells of what waits within so long. */
const TOLD_MS = 500;
const SCHEMES = ['light', 'dark'] as const;
/** Which of the pictures stand in the README, by the names under which they do. */
const README: Readonly<Record<string, string>> = {
  'running-wide-light': 'job',
  'import-preview-wide-light': 'import',
  'attention-wide-dark': 'attention',
};

await runScript(
  {
    call: 'npm run screenshots --',
    summary:
      'Takes pictures of every view of the web app, light and dark, wide and narrow: of a stack of its own with something in each\n' +
      'state, or of the one that runs on a data folder. Needs a Chromium on this machine.',
    flags: {
      only: { type: 'string', value: 'NAME', help: 'views whose name begins with this' },
      out: { type: 'string', value: 'FOLDER', help: 'where to (default: .longshore/screenshots)' },
      readme: { type: 'boolean', help: 'only the pictures of the README, into docs/images' },
      'data-dir': DATA_DIR_FLAG,
    },
    examples: [
      'npm run screenshots',
      'npm run screenshots -- --only jobs',
      'npm run screenshots -- --readme',
    ],
  },
  async (flags) => {
    const program = findBrowser();
    if (program === null)
      throw new Error('there is no Chromium on this machine; set CHROMIUM_PATH to one, or install it');
    const isReadme = flags.readme === true;
    const folder = isReadme
      ? path.join(ROOT, 'docs', 'images')
      : path.resolve(flags.out ?? path.join(dataDirOf(undefined), 'screenshots'));
    await mkdir(folder, { recursive: true });
    const isWanted = (name: string): boolean =>
      isReadme ? name in README : flags.only === undefined || name.startsWith(flags.only);

    const shown = await open(flags['data-dir']);
    const browser = await launchBrowser(program);
    try {
      const link = await signInLink(shown.api, shown.dataDir, 'admin', 'ada');
      const signedIn = await browser.newContext();
      const first = await signedIn.newPage();
      await first.goto(link);
      await first.getByRole('navigation').waitFor();
      const state = await signedIn.storageState();
      for (const [name, view] of Object.entries(await shown.views(isWanted))) {
        for (const [width, viewport] of Object.entries(WIDTHS)) {
          for (const colorScheme of SCHEMES) {
            const full = `${name}-${width}-${colorScheme}`;
            if (!isWanted(full)) continue;
            const context = await browser.newContext({
              viewport,
              colorScheme,
              locale: 'en-GB',
              ...(name === 'sign-in' ? {} : { storageState: state }),
            });
            context.setDefaultTimeout(30_000);
            const page = await context.newPage();
            await view(page, shown.api);
            await settled(page);
            const file = path.join(folder, `${isReadme ? (README[full] ?? full) : full}.png`);
            // What is on its way to another look is shown as it ends.
            await page.screenshot({ path: file, animations: 'disabled' });
            say(file);
            await context.close();
          }
        }
      }
    } finally {
      await browser.close();
      await shown.close();
    }
  },
);

interface Shown {
  api: string;
  dataDir: string;
  /** The views, once what they need is there. */
  views: (isWanted: (name: string) => boolean) => Promise<Readonly<Record<string, View>>>;
  close: () => Promise<void>;
}

/** The stack that is running, or one of its own. */
async function open(given: string | undefined): Promise<Shown> {
  if (given !== undefined) {
    const dataDir = dataDirOf(given);
    const stack = await runningStack(dataDir);
    if (stack?.urls == null) throw new Error(`no stack runs on ${dataDir}; start it with \`npm start\``);
    return {
      api: stack.urls.api,
      dataDir,
      views: () => Promise.resolve(VIEWS),
      close: () => Promise.resolve(),
    };
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-showcase-'));
  const dataDir = path.join(folder, 'data');
  let showcase: Showcase;
  try {
    showcase = await startShowcase(dataDir);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    api: showcase.stack.apiUrl,
    dataDir,
    async views() {
      const running = await showcase.startLongImport();
      return showcaseViews(showcase.ids, running);
    },
    async close() {
      await showcase.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What is being read is there, and the stream has told what it tells at once. */
async function settled(page: Page): Promise<void> {
  await page
    .locator('[aria-busy=true], [role=status][aria-label=Loading]')
    .first()
    .waitFor({ state: 'detached' });
  await page.waitForTimeout(TOLD_MS);
}
