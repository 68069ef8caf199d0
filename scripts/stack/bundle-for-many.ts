import path from 'node:path';
import { ROOT } from '../lib/local-stack.ts';
import { runToEnd } from './processes.ts';

/**
 * Bundles the workflows once, for many workers: each would make the bundle by itself at its start. For the setting WORKFLOW_BUNDLE.
 *
 * @returns the file
 */
export async function bundleForMany(folder: string): Promise<string> {
  const file = path.join(folder, 'workflow-bundle.js');
  const bundler = path.join(ROOT, 'workers', 'bundle-workflows.ts');
  const { code, output } = await runToEnd(process.execPath, [bundler, file], { cwd: ROOT });
  if (code !== 0) throw new Error(`the workflows could not be bundled: ${output}`);
  return file;
}
