import { useSearchParams } from 'react-router';

/**
 * Values that stand in the address, so that a link shows the same.
 * @returns the address's, and what sets some of them ('' takes one away)
 */
export function useAddressValues(): [
  search: URLSearchParams,
  set: (values: Readonly<Record<string, string>>) => void,
] {
  const [search, setSearch] = useSearchParams();
  const set = (values: Readonly<Record<string, string>>) => {
    setSearch(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(values)) {
          if (value === '') next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true },
    );
  };
  return [search, set];
}

/**
 * A filter that stands in the address, so that a link shows the same.
 * @returns its value, '' where it is not set, and what sets it
 */
export function useFilter(name: string): [string, (value: string) => void] {
  const [search, set] = useAddressValues();
  return [
    search.get(name) ?? '',
    (value) => {
      set({ [name]: value });
    },
  ];
}

/**
 * Several filters that stand in the address.
 * @returns those that are set, what sets one ('' takes it away), and what takes all away
 */
export function useFilters(names: readonly string[]): {
  values: Record<string, string>;
  set: (name: string, value: string) => void;
  clear: () => void;
} {
  const [search, change] = useAddressValues();
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = search.get(name) ?? '';
    if (value !== '') values[name] = value;
  }
  return {
    values,
    set: (name, value) => {
      change({ [name]: value });
    },
    clear: () => {
      change(Object.fromEntries(names.map((name) => [name, ''])));
    },
  };
}
