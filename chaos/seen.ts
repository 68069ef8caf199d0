import type { JobStatus, JobType, RecordKind } from '../contracts/words.ts';
import { KINDS } from '../domain/kinds/index.ts';
import type { Database } from '../prisma/client.ts';
import type { Records, SeenJob, SeenRow } from './model.ts';
import { STOCK } from './order-file.ts';
import type { SeenOrder } from './order-model.ts';

/** What the database says of a job, row by row. */
export async function readSeenJob({ pool }: Database, jobId: string): Promise<SeenJob> {
  const { rows: jobs } = await pool.query<{
    number: number;
    status: JobStatus;
    failureCode: string | null;
    total: number | null;
  }>(
    `SELECT number, status, failure_code AS "failureCode",
            CASE WHEN read_at IS NULL THEN NULL
                 ELSE (SELECT sum(rows)::int FROM chunks c WHERE c.job_number = j.number) END AS total
       FROM jobs j
      WHERE id = $1`,
    [jobId],
  );
  const [job] = jobs;
  if (job === undefined) throw new Error(`the job ${jobId} is gone`);
  const { rows } = await pool.query<SeenRow & { row: number }>(
    `SELECT s."row", COALESCE(o.outcome, s.outcome, 'pending') AS outcome, s.key
       FROM (SELECT job_number, "row", outcome, key FROM staged_rows
              UNION ALL
             SELECT job_number, "row", NULL, key FROM job_targets) s
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE s.job_number = $1`,
    [job.number],
  );
  const { status, failureCode, total } = job;
  return { id: jobId, status, failureCode, total, rows: new Map(rows.map((row) => [row.row, row])) };
}

const RECORDS: Record<RecordKind, string> = {
  products: `SELECT sku_key AS key, version,
                    jsonb_build_object('sku', sku, 'name', name, 'price', trim_scale(price)::text,
                                       'description', description, 'stock', stock::text) AS values
               FROM products
              WHERE NOT sku_key = ANY ($1)`,
  customers: `SELECT email_key AS key, version,
                     jsonb_build_object('email', email, 'name', name, 'company', company, 'phone', phone) AS values
                FROM customers
               WHERE NOT email_key = ANY ($1)`,
};

/** All records of a kind, but for what orders are for. */
export async function readRecords({ pool }: Database, kind: RecordKind): Promise<Records> {
  const { rows } = await pool.query<{
    key: string;
    version: number;
    values: Record<string, string | null>;
  }>(RECORDS[kind], [STOCK]);
  return new Map(rows.map(({ key, version, values }) => [key, { version, values }]));
}

/** All orders. */
export async function readOrders({ pool }: Database): Promise<Map<string, SeenOrder>> {
  const { rows } = await pool.query<SeenOrder & { id: string }>(
    `SELECT o.id, o.status, o.goal IS NOT NULL AS "isAtWork", count(*)::int AS lines, sum(l.quantity)::int AS pieces
       FROM orders o JOIN order_lines l ON l.order_id = o.id
      GROUP BY o.id`,
  );
  return new Map(rows.map(({ id, ...order }) => [id, order]));
}

/** Orders for which something is left to be done, and whether they wait for an operator. */
export async function readOpenOrders({ pool }: Database): Promise<{ id: string; isParked: boolean }[]> {
  const { rows } = await pool.query<{ id: string; isParked: boolean }>(
    `SELECT id, attention_step IS NOT NULL AS "isParked" FROM orders WHERE goal IS NOT NULL`,
  );
  return rows;
}

/** Ids by key, of those of the keys that a record has. */
export async function readIds(
  { pool }: Database,
  kind: RecordKind,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const { keyField, table } = KINDS[kind];
  const { rows } = await pool.query<{ key: string; id: string }>(
    `SELECT ${keyField} AS key, id FROM ${table} WHERE ${keyField} = ANY ($1)`,
    [keys],
  );
  return new Map(rows.map(({ key, id }) => [key, id]));
}

/** How many jobs of a type were accepted. */
export async function countJobs({ pool }: Database, type: JobType): Promise<number> {
  const { rows } = await pool.query<{ jobs: number }>(
    `SELECT count(*)::int AS jobs FROM jobs WHERE type = $1::job_type`,
    [type],
  );
  return rows[0]?.jobs ?? 0;
}
