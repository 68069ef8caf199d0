import { sleep } from '@temporalio/workflow';
import type { ChunkedJobInput, ChunkedJobResult } from '../../../contracts/temporal/chunked-job.ts';
import { ImportWorkflow as released } from '../../../workflows/import/import-workflow.ts';

export { HousekeepingWorkflow } from '../../../workflows/housekeeping/housekeeping-workflow.ts';

/** A change that forgets those who are under way: their histories have no timer where this one begins with it. */
export async function ImportWorkflow(input: ChunkedJobInput): Promise<ChunkedJobResult> {
  await sleep(10);
  return released(input);
}
