import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bundleWorkflows } from './bundle-options.ts';

/**
 * Makes the bundle of the workflows and writes it to the file given: a process of its own, because the bundler takes more
 * memory than the worker ever does again.
 */
const {
  values: { traced },
  positionals: [target],
} = parseArgs({ allowPositionals: true, options: { traced: { type: 'boolean', default: false } } });
if (target === undefined) {
  process.stderr.write('usage: bundle-workflows.ts FILE [--traced]\n');
  process.exit(2);
}
const { code } = await bundleWorkflows(traced, 'WARN');
await writeFile(target, code);
