import { getClient, log } from '@temporalio/activity';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { TURN_SIGNAL } from '../../contracts/temporal/messages.ts';
import type { Queryable } from '../../prisma/client.ts';
import { findNextInTurn } from '../../prisma/repositories/turns.ts';

/** Tells the job that waits first for its turn that it may have come. A signal that gets lost costs it half a minute. */
export async function tellNextInTurn(db: Queryable, jobId: string): Promise<void> {
  const next = await findNextInTurn(db, jobId);
  if (next === null) return;
  try {
    await getClient().workflow.getHandle(jobWorkflowId(next)).signal(TURN_SIGNAL);
  } catch (error) {
    log.warn('a job could not be told that its turn may have come', {
      event: 'turn_not_told',
      jobId: next.id,
      error,
    });
  }
}
