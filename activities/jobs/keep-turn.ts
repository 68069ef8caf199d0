import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { TURN_LOST } from '../../contracts/temporal/chunked-job.ts';
import { keepTurn } from '../../prisma/repositories/turns.ts';

/**
 * Keeps a job's turn in changing records until the transaction ends.
 *
 * @throws {ApplicationFailure} `turn_lost` when it is another job's: the workflow takes it again before it goes on
 */
export async function keepTurnOrFail(client: pg.PoolClient, jobNumber: number): Promise<void> {
  if (await keepTurn(client, jobNumber)) return;
  throw ApplicationFailure.create({
    type: TURN_LOST,
    message: 'It is the turn of another job.',
    nonRetryable: true,
  });
}
