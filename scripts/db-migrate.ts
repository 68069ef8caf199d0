import { applyMigrations, migrationInfo } from '../prisma/migrate.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript, say } from './lib/cli.ts';
import { shownUrl, withDatabase } from './lib/local-database.ts';
import { dataDirOf } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run db:migrate --',
    summary: 'Applies the migrations that the database does not have yet.',
    flags: { 'data-dir': DATA_DIR_FLAG, json: JSON_FLAG },
    examples: [
      'npm run db:migrate',
      'DATABASE_URL=postgresql://user:password@host/longshore npm run db:migrate',
    ],
  },
  async (flags) => {
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      const applied = await applyMigrations(url, {
        onWaiting: () => say('another process is migrating this database; waiting for it'),
      });
      const total = (await migrationInfo(url)).filter(({ state }) => state === 'applied').length;
      if (flags.json === true) {
        printJson({ database: shownUrl(url), applied, total });
        return;
      }
      for (const name of applied) print(`applied ${name}`);
      print(`${applied.length === 0 ? 'nothing to do: ' : ''}${String(total)} migrations are applied`);
    });
  },
);
