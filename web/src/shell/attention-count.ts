import { useQuery } from '@tanstack/react-query';

/** How many jobs need attention, as the stream tells; undefined until it has. */
export function useAttentionCount(): number | undefined {
  const { data } = useQuery<number>({
    queryKey: ['attention-count'],
    // It is never asked for: the stream brings it.
    queryFn: () => Promise.reject(new Error('only the stream tells it')),
    enabled: false,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  return data;
}
