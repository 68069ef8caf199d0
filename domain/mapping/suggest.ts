import { distance } from 'fastest-levenshtein';
import { normaliseHeader } from './header-name.ts';

/** Of this many letters one may be wrong in a near miss. */
const LETTERS_PER_MISTAKE = 4;
/** A word that is part of a longer header, as in "Preis (EUR)", is a hint from this length on. */
const MIN_WORD_LENGTH = 4;

/**
 * Finds the text that somebody may have meant. It is for sentences that ask; nothing is ever matched by it.
 *
 * @param wanted all names of what is looked for
 * @param offered texts among which it may be
 * @returns index of the nearest, or null when none is near
 */
export function findNearest(wanted: readonly string[], offered: readonly string[]): number | null {
  const names = wanted.map(normaliseHeader);
  let best: { index: number; mistakes: number } | null = null;
  for (const [index, text] of offered.entries()) {
    const candidate = normaliseHeader(text);
    if (candidate === '') continue;
    for (const name of names) {
      const mistakes = distance(name, candidate);
      const isNear = mistakes <= Math.max(1, Math.floor(name.length / LETTERS_PER_MISTAKE));
      const isPart = name.length >= MIN_WORD_LENGTH && candidate.includes(name);
      if ((isPart || (isNear && mistakes < name.length)) && (best === null || mistakes < best.mistakes)) {
        best = { index, mistakes };
      }
    }
  }
  return best?.index ?? null;
}
