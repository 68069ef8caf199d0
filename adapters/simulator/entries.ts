import { createHash } from 'node:crypto';

/** What a simulator knows, by key. The oldest entries go when there are too many. */
export interface Entries<Entry> {
  get: (key: string) => Entry | undefined;
  /** @returns the entry of the key, which is made when there is none */
  getOrAdd: (key: string, make: () => Entry) => Entry;
  all: () => Entry[];
}

export function createEntries<Entry>(maxEntries: number): Entries<Entry> {
  const entries = new Map<string, Entry>();
  return {
    get: (key) => entries.get(key),
    getOrAdd(key, make) {
      const known = entries.get(key);
      if (known !== undefined) return known;
      const entry = make();
      entries.set(key, entry);
      if (entries.size > maxEntries) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      return entry;
    },
    all: () => [...entries.values()],
  };
}

/** The same id for the same key, in every process. */
export function idOf(kind: 'auth' | 'refund' | 'parcel', key: string): string {
  return `sim_${kind}_${createHash('sha256').update(`${kind} ${key}`).digest('hex').slice(0, 20)}`;
}
