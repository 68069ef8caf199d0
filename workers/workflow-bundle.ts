import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUNDLER = fileURLToPath(new URL('bundle-workflows.ts', import.meta.url));

/** Keeps the bundler below 300 MB in all: it needs about 100 MB of heap, and takes whatever it may have. */
const BUNDLER_FLAGS = ['--max-old-space-size=160', '--max-semi-space-size=4'];

/**
 * The bundle of the workflows.
 *
 * @param ready path of one that was made when the image was built; without it, one is made now
 * @param isTraced takes the one that makes traces, which is larger: `workflow-bundle.traced.js` beside `workflow-bundle.js`
 */
export async function loadWorkflowBundle(
  ready: string | undefined,
  isTraced: boolean,
): Promise<{ code: string }> {
  if (ready !== undefined) {
    const { dir, name, ext } = parse(ready);
    return { code: await readFile(isTraced ? join(dir, `${name}.traced${ext}`) : ready, 'utf8') };
  }
  made ??= makeBundle(isTraced);
  return await made;
}

/** Made once, for all workers of this process. */
let made: Promise<{ code: string }> | undefined;

async function makeBundle(isTraced: boolean): Promise<{ code: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'longshore-workflows-'));
  try {
    const file = join(folder, 'bundle.js');
    await promisify(execFile)(process.execPath, [
      ...BUNDLER_FLAGS,
      BUNDLER,
      file,
      ...(isTraced ? ['--traced'] : []),
    ]);
    return { code: await readFile(file, 'utf8') };
  } finally {
    await rm(folder, { recursive: true });
  }
}
