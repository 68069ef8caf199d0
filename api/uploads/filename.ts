const MAX_LENGTH = 255;
/** Control characters, and those that turn the direction of a text around and so hide what a name ends with. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/**
 * The name of an uploaded file as it is kept and shown. It is data: no path is ever made from it.
 *
 * @param given what the client sent; may hold a path of its machine
 */
export function cleanFilename(given: string): string {
  const base = given.split(/[/\\]/).at(-1) ?? '';
  const clean = base.normalize('NFC').replace(INVISIBLE, '').trim();
  if (clean === '' || clean === '.' || clean === '..') return 'upload';
  const points = Array.from(clean);
  if (points.length <= MAX_LENGTH) return clean;
  const { extension } = splitFilename(clean);
  const kept = Array.from(extension).slice(0, 20);
  return [...points.slice(0, MAX_LENGTH - kept.length), ...kept].join('');
}

/** @returns the parts before and from the last dot; a name without one, or with only a leading one, has no extension */
export function splitFilename(name: string): { base: string; extension: string } {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? { base: name, extension: '' } : { base: name.slice(0, dot), extension: name.slice(dot) };
}
