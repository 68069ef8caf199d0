import { JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { DATA_MODEL_DOCS, writeDocs } from './lib/generated-docs.ts';

await runScript(
  {
    call: 'npm run docs:data-model --',
    summary: 'Writes the tables of docs/data-model.md from prisma/schema.prisma.',
    flags: { json: JSON_FLAG },
    examples: ['npm run docs:data-model'],
  },
  async (flags) => {
    const changed = await writeDocs(DATA_MODEL_DOCS);
    if (flags.json === true) printJson({ changed });
    else print(changed.length === 0 ? 'nothing to do' : `wrote ${changed.join(', ')}`);
  },
);
