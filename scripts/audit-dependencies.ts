import { spawnSync } from 'node:child_process';
import { judgeAudit } from './lib/audit-report.ts';
import { runScript, say } from './lib/cli.ts';
import { ROOT } from './lib/local-stack.ts';

/** The registry answers within seconds, or not at all. */
const TIMEOUT_MS = 60_000;

await runScript(
  {
    call: 'npm run audit:dependencies --',
    summary:
      'Asks the registry about known holes in what is shipped (`npm audit --omit=dev`). Exit code 1 when there is one; where the\n' +
      'registry can not be asked it says so, loudly, and passes: that is no finding.',
    flags: {},
    examples: ['npm run audit:dependencies'],
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- a script's main is asynchronous
  async () => {
    const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
    const verdict = judgeAudit(stdout);
    switch (verdict.result) {
      case 'clean':
        say('npm audit: nothing is known against what is shipped');
        return;
      case 'unknown':
        say(`THE DEPENDENCIES WERE NOT AUDITED: the registry could not be asked (${verdict.why})`);
        return;
      case 'found':
        throw new Error(
          `known holes in what is shipped:\n  ${verdict.findings.join('\n  ')}\nSee \`npm audit --omit=dev\`.`,
        );
    }
  },
);
