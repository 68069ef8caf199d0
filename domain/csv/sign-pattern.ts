/** A sign as a piece of a regular expression that finds it. */
export function signPattern(sign: string): string {
  return sign.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
