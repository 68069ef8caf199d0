import { useInfiniteQuery } from '@tanstack/react-query';
import type { DataTableProps } from './data-table.tsx';

interface ListOptions<Row> {
  /** First the name under which live data finds it, then what it is filtered by. */
  queryKey: readonly unknown[];
  /** Reads the page at a cursor. */
  read: (
    cursor: string | undefined,
    signal: AbortSignal,
  ) => Promise<{ items: Row[]; nextCursor: string | null }>;
  enabled?: boolean;
}

/** A list of the API, page by page, as a table takes it. */
export function useList<Row>({
  queryKey,
  read,
  enabled = true,
}: ListOptions<Row>): Required<
  Pick<DataTableProps<Row>, 'rows' | 'hasMore' | 'loadMore' | 'isLoading' | 'onRetry'>
> & { error: unknown } {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    enabled,
  });
  return {
    rows: query.data?.pages.flatMap(({ items }) => items) ?? [],
    hasMore: query.hasNextPage,
    loadMore: () => {
      if (!query.isFetchingNextPage) void query.fetchNextPage();
    },
    isLoading: query.isLoading || query.isFetchingNextPage,
    error: query.error,
    onRetry: () => void query.refetch(),
  };
}
