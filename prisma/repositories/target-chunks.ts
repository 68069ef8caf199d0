import type pg from 'pg';

/** Cuts the targets of a job into chunks, by their numbers. Their outcomes are all that such a chunk is to get. */
export async function cutTargets(client: pg.PoolClient, jobNumber: number, chunkRows: number): Promise<void> {
  await client.query(
    `INSERT INTO chunks (job_number, number, first_row, rows, first_line, byte_start, byte_end, staged_at)
     SELECT $1, ("row" - 1) / $2 + 1, min("row"), count(*), 1, 0, 0, now()
       FROM job_targets
      WHERE job_number = $1
      GROUP BY ("row" - 1) / $2`,
    [jobNumber, chunkRows],
  );
}
