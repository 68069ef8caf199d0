import { useQuery } from '@tanstack/react-query';
import { api, bodyOf, type Schemas } from '../client/api.ts';

export type Chunk = Schemas['Chunk'];

/** Ten million rows; beyond that the map shows the beginning. */
const MOST_CHUNKS = 1_000;
const PAGE = 200;

/** All chunks of a job. They are read again when the stream tells of the job. */
export function useChunks(id: string) {
  return useQuery<Chunk[]>({
    queryKey: ['job-parts', id, 'chunks'],
    queryFn: async ({ signal }) => {
      const chunks: Chunk[] = [];
      let cursor: string | undefined;
      do {
        const query = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
        const page = await bodyOf(
          api.GET('/api/jobs/{id}/chunks', { params: { path: { id }, query }, signal }),
        );
        chunks.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined && chunks.length < MOST_CHUNKS);
      return chunks;
    },
  });
}
