import { useSearchParams } from 'react-router';

/**
 * A filter that stands in the address, so that a link shows the same.
 * @returns its value, '' where it is not set, and what sets it
 */
export function useFilter(name: string): [string, (value: string) => void] {
  const [search, setSearch] = useSearchParams();
  return [
    search.get(name) ?? '',
    (value) => {
      setSearch(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === '') next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      );
    },
  ];
}
