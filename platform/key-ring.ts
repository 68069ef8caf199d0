/** Keys by their ids. The first one encrypts; all decrypt, so that what an earlier one encrypted can still be read. */
export interface KeyRing {
  readonly current: { id: string; key: Buffer };
  find(id: string): Buffer | undefined;
}

const KEY_BYTES = 32;
const ENTRY = /^([\w-]{1,32}):([A-Za-z0-9+/]{43}=)$/;

/**
 * @param text `id:key` separated by commas, each key 32 bytes in base64
 * @throws {Error} that says what is wrong, without the keys
 */
export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<string, Buffer>();
  for (const entry of text.split(',')) {
    const [, id = '', base64 = ''] = ENTRY.exec(entry.trim()) ?? [];
    const key = Buffer.from(base64, 'base64');
    if (key.length !== KEY_BYTES)
      throw new Error('must be id:key separated by commas, keys of 32 bytes in base64');
    if (keys.has(id)) throw new Error(`has two keys called ${id}`);
    if (new Set(key).size < 12) throw new Error(`has a key that is not random: ${id}`);
    keys.set(id, key);
  }
  const [first] = keys;
  if (first === undefined) throw new Error('has no key');
  return { current: { id: first[0], key: first[1] }, find: (id) => keys.get(id) };
}
