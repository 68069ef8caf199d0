/** Tells whoever is interested that lists of a kind of record have changed. */
export interface RecordWatch {
  /** @returns ends it */
  subscribe: (kind: string, listener: () => void) => () => void;
  /** Records of these kinds were written; null when any may have been. */
  changed: (kinds: readonly string[] | null) => void;
}

export function createRecordWatch(): RecordWatch {
  const listeners = new Map<() => void, string>();
  return {
    subscribe(kind, listener) {
      listeners.set(listener, kind);
      return () => listeners.delete(listener);
    },
    changed(kinds) {
      for (const [listener, kind] of [...listeners]) if (kinds?.includes(kind) ?? true) listener();
    },
  };
}
