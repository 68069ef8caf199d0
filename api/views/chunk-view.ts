import type { Chunk, ChunkState } from '../../contracts/http/chunk.ts';
import type { JobChunk } from '../../prisma/repositories/job-chunks.ts';

/** A chunk as the API shows it. */
export function viewChunk(chunk: JobChunk): Chunk {
  const { created, updated, unchanged, skipped, duplicate, rejected, failed, parked } = chunk;
  const settled = created + updated + unchanged + skipped + duplicate + rejected + failed;
  return {
    number: chunk.number,
    state: stateOf(chunk),
    firstRow: chunk.firstRow,
    firstLine: chunk.firstLine,
    rows: chunk.rows,
    counts: {
      created,
      updated,
      unchanged,
      skipped,
      duplicate,
      rejected,
      failed,
      pending: chunk.rows - settled,
    },
    attempts: chunk.attempts,
    stagedAt: chunk.stagedAt?.toISOString() ?? null,
    appliedAt: chunk.appliedAt?.toISOString() ?? null,
    parked: parked && {
      stage: parked.stage,
      code: parked.code,
      message: parked.message,
      attempts: parked.attempts,
      since: parked.parkedAt.toISOString(),
    },
  };
}

function stateOf({ parked, appliedAt, stagedAt }: JobChunk): ChunkState {
  if (parked !== null) return 'parked';
  if (appliedAt !== null) return 'applied';
  return stagedAt === null ? 'waiting' : 'staged';
}
