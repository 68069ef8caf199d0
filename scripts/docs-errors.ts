import { JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { ERROR_DOCS, writeDocs } from './lib/generated-docs.ts';

await runScript(
  {
    call: 'npm run docs:errors --',
    summary: 'Writes the tables of docs/errors.md from contracts/errors.ts.',
    flags: { json: JSON_FLAG },
    examples: ['npm run docs:errors'],
  },
  async (flags) => {
    const changed = await writeDocs(ERROR_DOCS);
    if (flags.json === true) printJson({ changed });
    else print(changed.length === 0 ? 'nothing to do' : `wrote ${changed.join(', ')}`);
  },
);
