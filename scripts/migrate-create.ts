import path from 'node:path';
import { createMigration } from '../prisma/migrate.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { withDatabase } from './lib/local-database.ts';
import { dataDirOf, ROOT } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run migrate:create --',
    summary:
      'Writes a new migration: what leads from the migrations that are there to prisma/schema.prisma, and the way back.\n' +
      'Works in a temporary database on the same server. Read both scripts before you commit them.',
    positionals: { usage: 'NAME', min: 1, max: 20 },
    flags: { 'data-dir': DATA_DIR_FLAG, json: JSON_FLAG },
    examples: ['npm run migrate:create -- add customer notes'],
  },
  async (flags, words) => {
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      const folder = await createMigration(words.join(' '), url);
      const shown = folder === null ? null : path.relative(ROOT, folder);
      if (flags.json === true) printJson({ created: shown });
      else if (shown === null) print('nothing to do: the migrations already lead to prisma/schema.prisma');
      else print(`wrote ${shown}/migration.sql and down.sql; apply it with: npm run db:migrate`);
    });
  },
);
