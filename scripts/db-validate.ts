import { validateMigrations } from '../prisma/migrate.ts';
import { DATA_DIR_FLAG, JSON_FLAG, print, printJson, runScript } from './lib/cli.ts';
import { shownUrl, withDatabase } from './lib/local-database.ts';
import { dataDirOf } from './lib/local-stack.ts';

await runScript(
  {
    call: 'npm run db:validate --',
    summary:
      'Checks that the schema file, the migrations and the database agree, and that every migration can be taken back.\n' +
      'Exit code 1, with the reasons, when they do not.',
    flags: { 'data-dir': DATA_DIR_FLAG, json: JSON_FLAG },
    examples: ['npm run db:validate'],
  },
  async (flags) => {
    await withDatabase(dataDirOf(flags['data-dir']), async (url) => {
      const problems = await validateMigrations(url);
      if (flags.json === true) printJson({ database: shownUrl(url), valid: problems.length === 0, problems });
      else print(problems.length === 0 ? 'valid' : problems.join('\n'));
      process.exitCode = problems.length === 0 ? 0 : 1;
    });
  },
);
