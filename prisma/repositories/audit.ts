import type { AuditAction, AuditWay } from '../../contracts/words.ts';
import type { PrismaClient, Queryable } from '../client.ts';
import type { AuditEntry } from '../generated/client.ts';

/** An action of an operator, to be recorded in the transaction that does it. */
export interface ActionToRecord {
  id: string;
  actor: string;
  action: AuditAction;
  /** Null for what is not done to a job. */
  jobId: string | null;
  /** Where it is done to an order. */
  orderId?: string;
  part?: string | undefined;
  reason?: string | undefined;
  before: object | null;
  after: object | null;
  via: AuditWay;
}

/** The id of an action is the one of another that was done. */
export class ActionIdTakenError extends Error {
  constructor(id: string) {
    super(`the id ${id} was used for another action`);
    this.name = 'ActionIdTakenError';
  }
}

/**
 * Adds an action to the audit log.
 *
 * @throws {ActionIdTakenError}
 */
export async function recordAction(db: Queryable, entry: ActionToRecord): Promise<void> {
  const { rowCount } = await db.query(
    `INSERT INTO audit (id, actor, action, job_id, part, reason, before, after, via, order_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (id) DO NOTHING`,
    [
      entry.id,
      entry.actor,
      entry.action,
      entry.jobId,
      entry.part ?? null,
      entry.reason ?? null,
      entry.before && JSON.stringify(entry.before),
      entry.after && JSON.stringify(entry.after),
      entry.via,
      entry.orderId ?? null,
    ],
  );
  if (rowCount !== 1) throw new ActionIdTakenError(entry.id);
}

/** Whether an action with this id has been done. */
export async function isRecorded(db: Queryable, id: string): Promise<boolean> {
  return (await db.query('SELECT FROM audit WHERE id = $1', [id])).rowCount === 1;
}

/** @returns what an action with this id did, as it was recorded; null when it has not been done */
export async function findAction(
  db: Queryable,
  id: string,
): Promise<{ action: AuditAction; before: unknown; after: unknown } | null> {
  const { rows } = await db.query<{ action: AuditAction; before: unknown; after: unknown }>(
    'SELECT action, before, after FROM audit WHERE id = $1',
    [id],
  );
  return rows[0] ?? null;
}

export interface AuditFilter {
  jobId?: string | undefined;
  orderId?: string | undefined;
  actor?: string | undefined;
  action?: AuditAction | undefined;
}

/**
 * A page of the audit log, newest first.
 *
 * @param before only entries with a lower number
 */
export async function listAudit(
  prisma: PrismaClient,
  { jobId, orderId, actor, action }: AuditFilter,
  before: number | null,
  limit: number,
): Promise<AuditEntry[]> {
  return await prisma.auditEntry.findMany({
    where: {
      ...(jobId === undefined ? {} : { jobId }),
      ...(orderId === undefined ? {} : { orderId }),
      ...(actor === undefined ? {} : { actor }),
      ...(action === undefined ? {} : { action }),
      ...(before === null ? {} : { number: { lt: before } }),
    },
    orderBy: { number: 'desc' },
    take: limit,
  });
}
