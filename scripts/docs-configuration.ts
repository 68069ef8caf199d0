import { JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { CONFIGURATION_DOCS, writeDocs } from './lib/generated-docs.ts';

await runScript(
  {
    call: 'npm run docs:configuration --',
    summary: 'Writes the tables of docs/configuration.md, and .env.example, from platform/config.ts.',
    flags: { json: JSON_FLAG },
    examples: ['npm run docs:configuration'],
  },
  async (flags) => {
    const changed = await writeDocs(CONFIGURATION_DOCS);
    if (flags.json === true) printJson({ changed });
    else print(changed.length === 0 ? 'nothing to do' : `wrote ${changed.join(', ')}`);
  },
);
