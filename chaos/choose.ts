import { seededRandom } from '../tests/support/random.ts';

/** Decisions that are the same each time for one seed. */
export interface Chooser {
  /** A number in [0, 1). */
  number: () => number;
  /** True with this probability. */
  chance: (probability: number) => boolean;
  /** A whole number from 0 up to, not including, the bound. */
  below: (bound: number) => number;
  /** Milliseconds between the two. */
  between: (minMs: number, maxMs: number) => number;
  oneOf: <T>(things: readonly T[]) => T;
  weighted: <T extends { weight: number }>(things: readonly T[]) => T;
}

/**
 * A stream of decisions of its own for each concern: what one of them decides does not depend on when, or how often, another
 * has decided.
 *
 * @param concern for example `faults`
 */
export function createChooser(seed: number, concern: string): Chooser {
  let mixed = seed;
  for (const character of concern) mixed = (Math.imul(mixed, 31) + character.charCodeAt(0)) >>> 0;
  const number = seededRandom(mixed);
  const below = (bound: number): number => Math.floor(number() * bound);
  const pick = <T>(things: readonly T[], at: number): T => {
    const thing = things[at];
    if (thing === undefined) throw new Error('there is nothing to choose from');
    return thing;
  };
  return {
    number,
    below,
    chance: (probability) => number() < probability,
    between: (minMs, maxMs) => minMs + Math.floor(number() * (maxMs - minMs)),
    oneOf: (things) => pick(things, below(things.length)),
    weighted(things) {
      const sum = things.reduce((total, { weight }) => total + weight, 0);
      let left = number() * sum;
      return things.find(({ weight }) => (left -= weight) < 0) ?? pick(things, things.length - 1);
    },
  };
}
