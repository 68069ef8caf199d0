import type { Chunk, ChunkState } from '../../contracts/http/chunk.ts';
import type { JobType } from '../../contracts/words.ts';
import { showCounts, withPending } from '../../domain/outcome-counts.ts';
import type { JobChunk } from '../../prisma/repositories/job-chunks.ts';

/** A chunk as the API shows it. */
export function viewChunk(chunk: JobChunk, type: JobType): Chunk {
  const { parked } = chunk;
  return {
    number: chunk.number,
    state: stateOf(chunk),
    firstRow: chunk.firstRow,
    firstLine: type === 'import' ? chunk.firstLine : null,
    rows: chunk.rows,
    counts: showCounts(type, withPending({ ...chunk, total: chunk.rows })),
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
