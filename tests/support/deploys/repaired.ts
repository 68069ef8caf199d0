import { patched, sleep } from '@temporalio/workflow';
import type { ChunkedJobInput, ChunkedJobResult } from '../../../contracts/temporal/chunked-job.ts';
import { ImportWorkflow as released } from '../../../workflows/import/import-workflow.ts';

// All others as they are; what is declared here goes before.
export * from '../../../workflows/index.ts';

/** The same change as it has to be made: those who are under way go on as they began. */
export async function ImportWorkflow(input: ChunkedJobInput): Promise<ChunkedJobResult> {
  if (patched('2026-11-wait-first')) await sleep(10);
  return released(input);
}
