import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { resolveTemporalBinary } from './stack/temporal-binary.ts';

/**
 * `npm test`: everything that must hold before a change lands, exactly as CI runs it. Each step names itself and its time;
 * the first that fails ends the run.
 */
const ROOT = path.join(import.meta.dirname, '..');

const STEPS: readonly [name: string, tool: string, ...args: string[]][] = [
  ['format', 'prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['lint', 'eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  ['types', 'typescript/bin/tsc'],
  ['unused code', 'knip/bin/knip.js'],
  ['tests', 'vitest/vitest.mjs', 'run'],
];

// Tests against the real server need its program; getting it takes minutes the first time, and says so.
await resolveTemporalBinary({ log: (message) => process.stderr.write(`${message}\n`) });

for (const [name, tool, ...args] of STEPS) {
  const started = performance.now();
  process.stderr.write(`\n== ${name}\n`);
  const { status, signal } = spawnSync(process.execPath, [path.join(ROOT, 'node_modules', tool), ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    process.stderr.write(`== ${name}: failed after ${seconds} s${signal === null ? '' : ` (${signal})`}\n`);
    process.exit(1);
  }
  process.stderr.write(`== ${name}: passed (${seconds} s)\n`);
}
