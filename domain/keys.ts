import { cleanKey, isPlain } from './values/clean-text.ts';

/**
 * The form in which keys are compared and locked: the same for every record, made here and nowhere else (SQL never
 * lower-cases). Without invisible characters, every blank a plain one and none at the edges, in lower case, in Unicode's
 * canonical composition. That comes last: some letters are composed in lower case only.
 */
export function toKey(text: string): string {
  return isPlain(text) ? text.toLowerCase() : cleanKey(text).toLowerCase().normalize('NFC');
}
