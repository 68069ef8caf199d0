import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { runScript, say } from './lib/cli.ts';
import { ROOT } from './lib/local-stack.ts';
import { resolveTemporalBinary } from './stack/temporal-binary.ts';

const STEPS: readonly [name: string, tool: string, ...args: string[]][] = [
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['lint', 'eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  ['types', 'typescript/bin/tsc'],
  ['types of the web app', 'typescript/bin/tsc', '--project', 'web'],
  ['unused code', 'knip/bin/knip.js'],
  [
    'tests',
    'vitest/vitest.mjs',
    'run',
    '--project',
    'unit',
    '--project',
    'database',
    '--project',
    'temporal',
    '--project',
    'browser',
  ],
];

await runScript(
  {
    call: 'npm test --',
    summary:
      'Checks everything that must hold before a change lands, exactly as CI does. Each step names itself and its time; the\n' +
      'first that fails ends the run, with exit code 1.',
    flags: {},
    examples: ['npm test'],
  },
  async () => {
    // Tests against the real server need its program; getting it takes minutes the first time, and says so.
    await resolveTemporalBinary({ log: say });
    for (const [name, ...command] of STEPS) {
      if (!passes(name, command)) {
        process.exitCode = 1;
        return;
      }
    }
  },
);

function passes(name: string, [tool = '', ...args]: string[]): boolean {
  const started = performance.now();
  say(`\n== ${name}`);
  const { status, signal } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules', tool), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const how =
    status === 0
      ? `passed (${seconds} s)`
      : `failed after ${seconds} s${signal === null ? '' : ` (${signal})`}`;
  say(`== ${name}: ${how}`);
  return status === 0;
}
