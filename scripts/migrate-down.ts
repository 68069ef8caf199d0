import { rollbackLastMigration } from '../prisma/migrate.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { shownUrl, withDatabase } from './lib/local-database.ts';
import { dataDirOf } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run migrate:down --',
    summary:
      'Takes the last migration back, by the down.sql beside it. What only that migration made room for is lost.',
    flags: { 'data-dir': DATA_DIR_FLAG, json: JSON_FLAG },
    examples: ['npm run migrate:down'],
  },
  async (flags) => {
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      const name = await rollbackLastMigration(url);
      if (flags.json === true) printJson({ database: shownUrl(url), takenBack: name });
      else print(name === null ? 'nothing to do: no migration is applied' : `took back ${name}`);
    });
  },
);
