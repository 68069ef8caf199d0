import { onStopSignal } from '../platform/stop-signal.ts';
import { JSON_FLAG, print, printJson, runScript, say, UsageError, wholeNumber } from '../scripts/lib/cli.ts';
import { type ChaosVerdict, runChaos } from './chaos.ts';

await runScript(
  {
    call: 'npm run chaos --',
    summary:
      'Runs imports, of orders too, on a stack of its own while its processes are killed, frozen and started again at random\n' +
      'instants and operators steer the imports; then heals it all and checks every rule of the system, and each record against\n' +
      'a model.\n' +
      'Exit code 1, with the seed and what is broken, when something does not hold; the stack’s folder stays then.',
    flags: {
      minutes: { type: 'string', value: 'N', help: 'how long things go wrong, such as 0.5 (default: 5)' },
      seed: { type: 'string', value: 'S', help: 'brings the same files and faults again (default: any)' },
      json: JSON_FLAG,
    },
    examples: ['npm run chaos', 'npm run chaos -- --minutes 30 --seed 7'],
  },
  async (flags) => {
    const minutes = Number(flags.minutes ?? '5');
    if (!(minutes > 0 && minutes <= 10_000)) {
      throw new UsageError(`--minutes must be a number above 0, not "${String(flags.minutes)}"`);
    }
    const seed = wholeNumber('--seed', flags.seed ?? String(Date.now() % 1_000_000), 0, 4_294_967_295);
    const stopping = new AbortController();
    onStopSignal(() => stopping.abort());
    const verdict = await runChaos({
      seed,
      durationMs: minutes * 60_000,
      note: say,
      signal: stopping.signal,
    });
    if (flags.json === true) printJson(verdict);
    else print(inWords(verdict));
    if (verdict.broken.length > 0) process.exitCode = 1;
  },
);

function inWords({ seed, faults, imports, actions, ends, broken, folder }: ChaosVerdict): string {
  const ended = Object.entries(ends).map(([status, count]) => `${String(count)} ${status}`);
  return [
    `seed ${String(seed)}: ${String(faults.length)} faults, ${String(actions)} actions, ` +
      `${String(imports)} imports (${ended.join(', ')})`,
    ...(broken.length === 0
      ? ['every rule holds, and every record is as the model says']
      : [
          `BROKEN:`,
          ...broken.map((what) => `  ${what}`),
          `again: npm run chaos -- --seed ${String(seed)}`,
          `its folder: ${String(folder)}`,
        ]),
  ].join('\n');
}
