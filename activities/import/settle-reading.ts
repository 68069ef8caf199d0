import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import {
  chunksToRestage,
  decideNumberFormats,
  mergeNumberEvidence,
} from '../../domain/values/number-format.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { hasUnstagedChunks, listStagedNumbers, unstageChunks } from '../../prisma/repositories/chunks.ts';
import { announceJob, getImportJob, saveReading } from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/**
 * Decides by the numbers of the whole file what the beginning of it could only guess. Repeated, it decides the same: what a
 * chunk shows does not depend on how it was read.
 */
export function createSettleReading({ db }: { db: Database }): ApplyActivities['settleReading'] {
  return async ({ jobId }) =>
    withHeartbeat(async () =>
      inTransaction(db.pool, async (client) => {
        const { number, reading, hasEnded } = await getImportJob(client, jobId, true);
        if (hasEnded) return { stageAgain: false };
        await settleParked(client, number, 'staging', null);
        if (reading === null || reading.numberFormatsGiven) return { stageAgain: false };
        // An earlier attempt took chunks back, and its answer was lost: they show nothing until they are staged again.
        if (await hasUnstagedChunks(client, number)) return { stageAgain: true };
        const chunks = await listStagedNumbers(client, number);
        const numberFormats = decideNumberFormats(
          mergeNumberEvidence(chunks.map(({ evidence }) => evidence)),
        );
        await saveReading(client, jobId, { ...reading, numberFormats });
        const wrong = chunksToRestage(chunks, numberFormats);
        if (wrong.length === 0) return { stageAgain: false };
        const numbers = wrong.map((chunk) => chunk.number);
        await unstageChunks(client, number, numbers);
        await announceJob(client, jobId);
        return { stageAgain: true };
      }),
    );
}
