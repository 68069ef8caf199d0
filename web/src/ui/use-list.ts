import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { DataTableProps } from './data-table.tsx';

interface ListOptions<Row> {
  /** First the name under which live data finds it, then what it is filtered by. */
  queryKey: readonly unknown[];
  /** Reads the page at a cursor. */
  read: (
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<{ items: Row[]; nextCursor: string | null; searchedTo?: number }>;
  enabled?: boolean;
  /**
   * It may have thousands of pages. All that were read are never read again by themselves: one that comes back to it begins at
   * its beginning, and what changes it says so (`resetQueries`).
   */
  isLong?: boolean;
  /** How often its first page is read again, in milliseconds, as long as no other was: where no topic of the stream tells of it. */
  everyMs?: number;
}

/** A list of the API, page by page, as a table takes it. */
export function useList<Row>({
  queryKey,
  read,
  enabled = true,
  isLong = false,
  everyMs,
}: ListOptions<Row>): Required<
  Pick<DataTableProps<Row>, 'rows' | 'hasMore' | 'loadMore' | 'isLoading' | 'onRetry'>
> & { error: unknown; searchedTo: number | undefined } {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    enabled,
    ...(isLong ? { staleTime: Infinity, gcTime: 0 } : {}),
    refetchInterval: ({ state: { data: pages } }) =>
      everyMs !== undefined && pages?.pages.length === 1 && everyMs,
  });
  const { data } = query;
  const rows = useMemo(() => data?.pages.flatMap(({ items }) => items) ?? [], [data]);
  return {
    rows,
    hasMore: query.hasNextPage,
    loadMore: () => {
      if (!query.isFetchingNextPage) void query.fetchNextPage();
    },
    isLoading: query.isLoading || query.isFetchingNextPage,
    error: query.error,
    /** Of a search: the last row that was looked at. */
    searchedTo: data?.pages.at(-1)?.searchedTo,
    onRetry: () => void query.refetch(),
  };
}
