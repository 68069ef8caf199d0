import { migrationInfo } from '../prisma/migrate.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript, table } from './lib/cli.ts';
import { shownUrl, withDatabase } from './lib/local-database.ts';
import { dataDirOf } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run db:info --',
    summary: 'Lists the migrations and whether the database has them.',
    flags: { 'data-dir': DATA_DIR_FLAG, json: JSON_FLAG },
    examples: ['npm run db:info -- --json'],
  },
  async (flags) => {
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      const migrations = await migrationInfo(url);
      if (flags.json === true) {
        printJson({ database: shownUrl(url), migrations });
        return;
      }
      print(`${shownUrl(url)}\n`);
      print(
        table(
          ['migration', 'state', 'applied at', 'can be taken back'],
          migrations.map(({ name, state, appliedAt, reversible }) => [
            name,
            state,
            appliedAt,
            reversible ? 'yes' : 'no',
          ]),
        ),
      );
    });
  },
);
