import type { ChunkedJobInput, ChunkedJobResult } from '../../contracts/temporal/chunked-job.ts';
import { runChunkedJob } from '../chunked-job/engine.ts';
import { proxyImportSteps } from './activities.ts';

/**
 * Brings a file into the database: read, stage, resolve, apply, finish. Nothing is applied before the whole file has been
 * staged; what the steps have done is noted in the database with their effects, so each of them may be repeated.
 */
export async function ImportWorkflow(input: ChunkedJobInput): Promise<ChunkedJobResult> {
  const steps = proxyImportSteps(input.retryDelaysMs.length + 1);
  return runChunkedJob(input, [
    {
      stage: 'reading',
      shape: 'plan',
      run: async (ref) => {
        const { readable, chunkCount, rows } = await steps.readFile(ref);
        return { proceed: readable, chunkCount, rows };
      },
    },
    {
      stage: 'staging',
      shape: 'chunks',
      run: ({ summary, ...ref }) => steps.stageChunk(ref, summary),
      settle: async (ref) => (await steps.settleReading(ref)).stageAgain,
    },
    {
      stage: 'resolving',
      shape: 'whole',
      run: async (ref) => (await steps.resolveDuplicates(ref)).proceed,
    },
    {
      stage: 'applying',
      shape: 'chunks',
      inTurn: true,
      run: ({ summary, ...ref }) => steps.applyChunk(ref, summary),
    },
  ]);
}
