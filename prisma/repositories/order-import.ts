import type pg from 'pg';
import { wholeOrderFault } from '../../domain/orders/imported-order.ts';
import type { NewOrder } from '../../domain/orders/new-order.ts';
import type { RowError } from '../../domain/validate-row.ts';
import type { AppliedCounts, ApplyRange } from './apply.ts';
import { groupRows, type OrderGroup, readGroups, type RejectedRows, rejectGroups } from './order-groups.ts';
import { applyPrices, digestOfOrder, findPrices, insertOrders, type PricedOrder } from './order-insert.ts';
import type { RowRange } from './refused-rows.ts';
import { countAnew } from './resolve.ts';
import { listRowRanges } from './chunks.ts';

/** What becomes of the orders of a chunk, as far as that is known before it is done. */
interface Judged {
  /** There is none with their number yet. */
  fresh: { group: OrderGroup; order: PricedOrder }[];
  /** They are there, the same. */
  unchanged: OrderGroup[];
  rejected: RejectedRows[];
}

/** All that is done with orders of a file as one set: whole statements for a chunk, none for an order. */
const SETTINGS =
  'SET LOCAL enable_nestloop = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on';

/**
 * Makes the orders whose first lines are in a run of rows, in the transaction of their chunk: orders, lines, the beginning of their
 * timelines and the outcome of each row commit together. Lines in other chunks get their outcome here too, and those chunks their
 * counts. The orders wait for their start.
 */
export async function applyOrders(client: pg.PoolClient, range: ApplyRange): Promise<AppliedCounts> {
  await client.query(SETTINGS);
  const judged = await judge(client, range);
  const made = await insertOrders(
    client,
    judged.fresh.map(({ order }) => order),
  );
  const missed = judged.fresh.filter(({ order }) => !made.has(order.orderId)).map(({ group }) => group);
  // Somebody made an order with the same number since they were looked for.
  const late = missed.length === 0 ? null : await judgeGroups(client, range, missed);
  if (late !== null && late.fresh.length > 0) throw new Error('an order is there and is not');
  const created = judged.fresh.filter(({ order }) => made.has(order.orderId));
  await client.query('UPDATE chunks SET orders = orders + $3 WHERE job_number = $1 AND number = $2', [
    range.jobNumber,
    range.chunk.number,
    created.length,
  ]);
  return await settle(client, range, {
    created: created.map(({ group }) => group),
    unchanged: [...judged.unchanged, ...(late?.unchanged ?? [])],
    rejected: [...judged.rejected, ...(late?.rejected ?? [])],
  });
}

/** Records what {@link applyOrders} would do, and makes no order. */
export async function dryRunOrders(client: pg.PoolClient, range: ApplyRange): Promise<AppliedCounts> {
  await client.query(SETTINGS);
  const { fresh, unchanged, rejected } = await judge(client, range);
  return await settle(client, range, { created: fresh.map(({ group }) => group), unchanged, rejected });
}

/** What the database refuses of an order stands with each of its lines. @returns how many of them are in the chunk */
export async function failOrder(
  client: pg.PoolClient,
  { jobNumber, chunk }: Pick<ApplyRange, 'jobNumber' | 'chunk'>,
  row: number,
  errors: string,
): Promise<number> {
  const { rows } = await client.query<{ row: number }>(
    `UPDATE staged_rows SET outcome = 'failed', errors = $3
      WHERE job_number = $1 AND outcome IS NULL AND ("row" = $2 AND group_row IS NULL OR group_row = $2)
     RETURNING "row"`,
    [jobNumber, row, errors],
  );
  const failed = rows.map((found) => found.row);
  await countElsewhere(client, jobNumber, chunk, new Map(failed.map((found) => [found, 'failed'])));
  return failed.filter((found) => isWithin(chunk, found)).length;
}

/**
 * Finds the orders of a whole file, before anything is applied: which rows belong together, wherever they stand, and which of them
 * make no order. Chunk by chunk, so that no more is held in memory. Those that are there already with other content are found when
 * they are applied; of an import that is to bring in all or nothing they are looked for here as well.
 */
export async function resolveOrders(
  client: pg.PoolClient,
  asked: Asked & { allOrNothing: boolean },
): Promise<void> {
  const { jobNumber, rules, allOrNothing } = asked;
  await groupRows(client, jobNumber);
  await client.query(SETTINGS);
  let count = 0;
  for (const range of await listRowRanges(client, jobNumber)) {
    const groups = await readGroups(client, jobNumber, range, rules);
    const rejected = allOrNothing ? (await judgeGroups(client, asked, groups)).rejected : unfit(groups);
    await rejectGroups(client, jobNumber, rejected);
    count += rejected.length;
  }
  if (count > 0) await countAnew(client, jobNumber, 'rejected');
}

function unfit(groups: readonly OrderGroup[]): RejectedRows[] {
  return groups.flatMap(({ rows, assembled }) =>
    'fault' in assembled ? [{ rows, error: assembled.fault }] : [],
  );
}

async function judge(client: pg.PoolClient, range: ApplyRange): Promise<Judged> {
  return await judgeGroups(client, range, await readGroups(client, range.jobNumber, range, range.rules));
}

/** Who asks, and by which rules. */
type Asked = Pick<ApplyRange, 'jobNumber' | 'by' | 'rules'>;

async function judgeGroups(
  client: pg.PoolClient,
  { jobNumber, by }: Asked,
  groups: readonly OrderGroup[],
): Promise<Judged> {
  const judged: Judged = { fresh: [], unchanged: [], rejected: [] };
  const reject = ({ rows }: OrderGroup, error: RowError): void => {
    judged.rejected.push({ rows, error });
  };
  const fit: { group: OrderGroup; order: NewOrder; request: string }[] = [];
  for (const group of groups) {
    const { assembled } = group;
    if ('fault' in assembled) reject(group, assembled.fault);
    else fit.push({ group, order: assembled.order, request: digestOfOrder(assembled.order) });
  }
  const existing = await findDigests(
    client,
    fit.map(({ group }) => group.orderId),
  );
  const fresh: typeof fit = [];
  for (const candidate of fit) {
    const there = existing.get(candidate.group.orderId);
    if (there === undefined) fresh.push(candidate);
    else if (there === candidate.request) judged.unchanged.push(candidate.group);
    else reject(candidate.group, wholeOrderFault('order_differs'));
  }
  const prices = await findPrices(
    client,
    fresh.map(({ order }) => order),
  );
  for (const { group, order, request } of fresh) {
    const origin = { importNumber: jobNumber, row: group.rows[0] };
    const priced = applyPrices({ order, orderId: group.orderId, request, createdBy: by, origin }, prices);
    if ('problem' in priced) reject(group, wholeOrderFault('order_out_of_range'));
    else judged.fresh.push({ group, order: priced });
  }
  return judged;
}

/** What was ordered under some numbers. By the primary key. */
async function findDigests(client: pg.PoolClient, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; request: string }>(
    'SELECT id, request FROM orders WHERE id = ANY ($1::text[])',
    [ids],
  );
  return new Map(rows.map(({ id, request }) => [id, request]));
}

interface Settled {
  created: readonly OrderGroup[];
  unchanged: readonly OrderGroup[];
  rejected: readonly RejectedRows[];
}

type OrderOutcome = 'created' | 'unchanged' | 'rejected' | 'failed';

/** Records the outcome of each line. @returns how many there are of each in the chunk; those elsewhere are counted where they are */
async function settle(
  client: pg.PoolClient,
  { jobNumber, chunk }: ApplyRange,
  { created, unchanged, rejected }: Settled,
): Promise<AppliedCounts> {
  const outcomes = new Map<number, OrderOutcome>();
  for (const { rows } of created) for (const row of rows) outcomes.set(row, 'created');
  for (const { rows } of unchanged) for (const row of rows) outcomes.set(row, 'unchanged');
  const applied = [...outcomes];
  await client.query(
    `INSERT INTO row_outcomes (job_number, "row", outcome)
     SELECT $1, "row", outcome FROM unnest($2::int[], $3::outcome[]) AS done ("row", outcome)`,
    [jobNumber, applied.map(([row]) => row), applied.map(([, outcome]) => outcome)],
  );
  await rejectGroups(client, jobNumber, rejected);
  for (const { rows } of rejected) for (const row of rows) outcomes.set(row, 'rejected');
  await countElsewhere(client, jobNumber, chunk, outcomes);
  const counts: AppliedCounts = { created: 0, updated: 0, unchanged: 0, skipped: 0, rejected: 0 };
  for (const [row, outcome] of outcomes) {
    if (outcome !== 'failed' && isWithin(chunk, row)) counts[outcome] += 1;
  }
  return counts;
}

function isWithin({ firstRow, lastRow }: RowRange, row: number): boolean {
  return row >= firstRow && row <= lastRow;
}

/**
 * Counts lines in the chunks in which they stand, when these are not the one that is being applied. An order begins in the first of
 * its chunks, so these come after it; their rows are taken in order, and so nobody waits for one another in a circle.
 */
async function countElsewhere(
  client: pg.PoolClient,
  jobNumber: number,
  chunk: RowRange,
  outcomes: ReadonlyMap<number, OrderOutcome>,
): Promise<void> {
  const elsewhere = [...outcomes].filter(([row]) => !isWithin(chunk, row));
  if (elsewhere.length === 0) return;
  const rows = elsewhere.map(([row]) => row);
  const { rows: touched } = await client.query<{ number: number }>(
    `SELECT number
       FROM chunks
      WHERE job_number = $1 AND EXISTS (SELECT FROM unnest($2::int[]) AS l ("row")
                                         WHERE l."row" >= first_row AND l."row" < first_row + rows)
      ORDER BY number
        FOR UPDATE`,
    [jobNumber, rows],
  );
  await client.query(
    `UPDATE chunks c
        SET created = c.created + n.created, unchanged = c.unchanged + n.unchanged, rejected = c.rejected + n.rejected,
            failed = c.failed + n.failed, revision = c.revision + 1
       FROM (SELECT at.number, count(*) FILTER (WHERE l.outcome = 'created') AS created,
                    count(*) FILTER (WHERE l.outcome = 'unchanged') AS unchanged,
                    count(*) FILTER (WHERE l.outcome = 'rejected') AS rejected,
                    count(*) FILTER (WHERE l.outcome = 'failed') AS failed
               FROM unnest($2::int[], $3::outcome[]) AS l ("row", outcome)
               JOIN chunks at ON at.job_number = $1 AND at.number = ANY ($4::int[])
                             AND l."row" >= at.first_row AND l."row" < at.first_row + at.rows
              GROUP BY at.number) n
      WHERE c.job_number = $1 AND c.number = n.number`,
    [jobNumber, rows, elsewhere.map(([, outcome]) => outcome), touched.map(({ number }) => number)],
  );
}
