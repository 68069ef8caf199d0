import { expect, test } from 'vitest';
import { runChaos } from '../../chaos/chaos.ts';

/** A failing run is made again with its seed: the same files, the same faults in the same order. */
const SEED = Number(process.env.CHAOS_SEED ?? 1);
/** Long ones are for `npm run chaos`. */
const DURATION_MS = 15_000;

test(`imports end as a model says, whatever is killed and whatever operators do (seed ${SEED})`, async () => {
  const told: string[] = [];
  const verdict = await runChaos({ seed: SEED, durationMs: DURATION_MS, note: (text) => told.push(text) });
  expect(verdict.broken, told.join('\n')).toEqual([]);
  expect(verdict.faults.length).toBeGreaterThan(0);
  expect(verdict.imports).toBeGreaterThan(0);
}, 420_000);
