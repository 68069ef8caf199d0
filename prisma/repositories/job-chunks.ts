import type { PrismaClient } from '../client.ts';
import type { Chunk, ParkedPart } from '../generated/client.ts';

/** A chunk, and why it waits for an operator where it does. */
export type JobChunk = Chunk & { parked: ParkedPart | null };

/**
 * A page of a job's chunks in the order of the file.
 *
 * @param after only chunks with a higher number
 */
export async function listJobChunks(
  prisma: PrismaClient,
  jobNumber: number,
  after: number,
  limit: number,
): Promise<JobChunk[]> {
  const chunks = await prisma.chunk.findMany({
    where: { jobNumber, number: { gt: after } },
    orderBy: { number: 'asc' },
    take: limit,
  });
  const parked = await prisma.parkedPart.findMany({
    where: { jobNumber, chunk: { in: chunks.map(({ number }) => number) }, releasedAt: null },
  });
  const parkedByChunk = new Map(parked.map((part) => [part.chunk, part]));
  return chunks.map((chunk) => ({ ...chunk, parked: parkedByChunk.get(chunk.number) ?? null }));
}
