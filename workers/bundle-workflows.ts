import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/**
 * Makes the bundle of the workflows and writes it to the file given: a process of its own, because the bundler takes more
 * memory than the worker ever does again.
 */
const [target] = process.argv.slice(2);
if (target === undefined) {
  process.stderr.write('usage: bundle-workflows.ts FILE\n');
  process.exit(2);
}
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  logger: new DefaultLogger('WARN'),
});
await writeFile(target, code);
