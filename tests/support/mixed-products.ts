import type { Job } from '../../contracts/http/job.ts';
import type { StackUnderTest } from './stack-under-test.ts';

/** A file with all that can become of a row, and a table that it meets. */
export interface MixedProducts {
  content: string;
  /** Empties the table, and fills it with a third of the file's keys, some of them with the values of the file. */
  seed: (under: StackUnderTest) => Promise<void>;
}

/** New, changed and unchanged rows, repeated keys far apart, rejected rows, and cells over several lines. */
export function mixedProducts(rowCount: number): MixedProducts {
  const rows = Array.from({ length: rowCount }, (_, index) => {
    const row = index + 1;
    if (row % 97 === 0) return `K-${row},broken,not a price,`;
    const key = row % 50 === 0 ? rowCount - row : row;
    return row % 41 === 0 ? `K-${key},name ${key},${key},"two\nlines"` : `K-${key},name ${key},${key},`;
  });
  return {
    content: ['sku,name,price,description', ...rows].join('\n'),
    async seed({ db }) {
      await db.pool.query(`TRUNCATE products`);
      await db.pool.query(
        `INSERT INTO products (sku, sku_key, name, price, last_change)
         SELECT 'K-' || n, 'k-' || n, CASE WHEN n % 2 = 0 THEN 'name ' || n ELSE 'other' END, n, uuidv7()
           FROM generate_series(1, $1, 3) n`,
        [rowCount],
      );
    },
  };
}

/** Everything an import of products leaves, without what differs from run to run: ids and times. */
export async function fingerprint({ db, get }: StackUnderTest, job: Job) {
  const { rows: products } = await db.pool.query<{ sum: string }>(
    `SELECT md5(string_agg(md5(concat_ws('|', sku, sku_key, name, price, description, active, stock, version, last_change_row)), ''
                           ORDER BY sku_key)) AS sum FROM products`,
  );
  const { rows: outcomes } = await db.pool.query<{ sum: string }>(
    `SELECT md5(string_agg(concat_ws('|', s."row", s.line, s.key, COALESCE(o.outcome, s.outcome), s.errors::text), ','
                           ORDER BY s."row")) AS sum
       FROM staged_rows s
       JOIN jobs j ON j.number = s.job_number
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE j.id = $1`,
    [job.id],
  );
  const { rows: changes } = await db.pool.query<{ sum: string }>(
    `SELECT md5(string_agg(concat_ws('|', change_row, operation, before::text), ',' ORDER BY change_row)) AS sum
       FROM record_changes WHERE change_id = $1`,
    [job.id],
  );
  const { counts } = (await (await get(`/api/jobs/${job.id}`)).json()) as Job;
  return { products: products[0]?.sum, outcomes: outcomes[0]?.sum, changes: changes[0]?.sum, counts };
}
