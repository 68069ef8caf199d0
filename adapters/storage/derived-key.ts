/** Between what a derived file is and the key of the file that it was made from. Keys of uploads have none. */
const SEPARATOR = '_';

/**
 * The key of a file that is made from a stored one. It ends with that one's key, so that the two lie beside each other, and
 * always means the same content.
 *
 * @param variant what it is, in letters, digits, - and _
 */
export function derivedKey(originalKey: string, variant: string): string {
  if (originalKey.includes(SEPARATOR)) throw new TypeError('only an upload has derived files');
  return variant + SEPARATOR + originalKey;
}

/** The key of the upload that a file was made from; of an upload its own. */
export function originalKeyOf(key: string): string {
  return key.slice(key.lastIndexOf(SEPARATOR) + 1);
}
