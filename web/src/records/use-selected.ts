import { useState } from 'react';
import type { AnyRecord } from './kinds.ts';

/** The API takes so many ids at once. */
const MOST = 5_000;
const NONE: ReadonlySet<string> = new Set();

interface Selected {
  ids: ReadonlySet<string>;
  /** All that have been read, or as many as can be. */
  isAll: boolean;
  toggle: (id: string) => void;
  toggleAll: () => void;
  clear: () => void;
}

/**
 * Which records of a list are chosen.
 * @param of what the list is filtered by: in another list nothing is chosen
 */
export function useSelected(of: string, rows: readonly AnyRecord[]): Selected {
  const [chosen, setChosen] = useState({ of, ids: NONE });
  const ids = chosen.of === of ? chosen.ids : NONE;
  const set = (next: ReadonlySet<string>) => {
    setChosen({ of, ids: next });
  };
  const isAll = ids.size > 0 && ids.size >= Math.min(MOST, rows.length);
  return {
    ids,
    isAll,
    toggle: (id) => {
      const next = new Set(ids);
      if (!next.delete(id) && next.size < MOST) next.add(id);
      set(next);
    },
    toggleAll: () => {
      set(isAll ? NONE : new Set(rows.slice(0, MOST).map(({ id }) => id)));
    },
    clear: () => {
      set(NONE);
    },
  };
}
