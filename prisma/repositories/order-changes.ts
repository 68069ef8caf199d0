import { v7 as uuidv7 } from 'uuid';
import {
  ORDER_EVENT_VERSIONS,
  type OrderEventPayloads,
  type OrderEventType,
} from '../../contracts/order-timeline.ts';
import type { OrderStatus, OrderStep } from '../../contracts/words.ts';
import type { OrderPosition } from '../../domain/orders/transitions.ts';
import type { Queryable } from '../client.ts';
import type { OrderAttention, OrderControl } from './order-control.ts';

/** An entry for the timeline of an order. */
export interface NewOrderEvent {
  type: OrderEventType;
  payload: OrderEventPayloads[OrderEventType];
  /** Of the order from now on; null where this is not what the event is about. */
  status: OrderStatus | null;
}

/** An entry, with its payload held against its type. */
export function orderEvent<Type extends OrderEventType>(
  type: Type,
  payload: OrderEventPayloads[Type],
  status: OrderStatus | null = null,
): NewOrderEvent {
  return { type, payload, status };
}

/** What becomes of an order. Whatever of its row is not named stays. */
export interface OrderChange {
  position: OrderPosition;
  events: NewOrderEvent[];
  reason?: string | null;
  total?: string;
  /** The step that an operator sent back into work. */
  retrying?: OrderStep | null;
  attention?: OrderAttention | null;
  /** Whether a workflow has it in hand, or it waits to be started. Default: it has. */
  hasWorkflow?: boolean;
  /** What is written with it, to the ledgers. */
  ledger?: LedgerWrite;
}

/**
 * Further common table expressions of the statement that changes an order. They see `changed (id)`, which is empty when the
 * order is not what it was, and must do nothing then.
 */
export interface LedgerWrite {
  /** Tells the statements apart: each is prepared once. */
  name: string;
  /** Before the order's row is locked: rows of products come first. */
  locks?: string;
  /** @param next takes a value, gives its parameter */
  text: (next: (value: unknown) => string) => string;
}

/**
 * Changes an order together with its ledgers and its timeline, in one statement, while it is still what the decision was made
 * by. A statement of its own when it is not part of a transaction: nothing is locked while a program thinks.
 *
 * @returns false when somebody else has changed the order since; nothing is written then
 */
export async function changeOrder(
  db: Queryable,
  control: OrderControl,
  change: OrderChange,
): Promise<boolean> {
  const { position, events, ledger, hasWorkflow = true } = change;
  const values: unknown[] = [
    control.id,
    control.revision,
    position.status,
    position.goal,
    change.reason === undefined ? control.reason : change.reason,
    change.retrying === undefined ? control.retrying : change.retrying,
    change.total ?? control.total,
    JSON.stringify(toRows(events, control.lastEventId)),
    change.attention === undefined || change.attention === null ? null : JSON.stringify(change.attention),
    change.attention === undefined,
    hasWorkflow,
  ];
  const next = (value: unknown): string => `$${String(values.push(value))}`;
  const further = ledger?.text(next);
  const text = `
    WITH ${ledger?.locks === undefined ? '' : `${ledger.locks},`} changed AS (
      UPDATE orders o
         SET status = $3::order_status, goal = $4::order_goal, reason = $5, retry_step = $6::order_step, total = $7::numeric,
             attention_step = CASE WHEN $10 THEN attention_step ELSE ($9::jsonb ->> 'step')::order_step END,
             attention_code = CASE WHEN $10 THEN attention_code ELSE $9::jsonb ->> 'code' END,
             attention_message = CASE WHEN $10 THEN attention_message ELSE $9::jsonb ->> 'message' END,
             attention_attempts = CASE WHEN $10 THEN attention_attempts ELSE ($9::jsonb ->> 'attempts')::int END,
             attention_since = CASE WHEN $10 THEN attention_since WHEN $9::jsonb IS NOT NULL THEN now() END,
             failing_step = NULL, failing_since = NULL,
             workflow_started_at = CASE WHEN $11 THEN coalesce(workflow_started_at, now()) END,
             queued = false, last_seq = last_seq + jsonb_array_length($8::jsonb), revision = revision + 1, updated_at = now()
       WHERE id = $1 AND revision = $2 ${ledger?.locks === undefined ? '' : 'AND (SELECT count(*) FROM locked) >= 0'}
      RETURNING id, last_seq - jsonb_array_length($8::jsonb) AS seq
    )${further === undefined ? '' : `, ${further}`}, noted AS (
      INSERT INTO order_events (order_id, seq, id, type, version, status, payload, causation_id)
      SELECT c.id, c.seq + e.n, e.id, e.type, e.version, e.status, e.payload, e.causation
        FROM changed c
       CROSS JOIN jsonb_to_recordset($8::jsonb)
             AS e (n int, id uuid, type text, version int, status order_status, payload jsonb, causation uuid)
    )
    SELECT FROM changed`;
  const { rowCount } = await db.query({ name: `order-change-${ledger?.name ?? 'plain'}`, text, values });
  return rowCount === 1;
}

/** Each entry is caused by the one before it. */
function toRows(events: readonly NewOrderEvent[], lastEventId: string | null): object[] {
  let causation = lastEventId;
  return events.map(({ type, payload, status }, index) => {
    const row = {
      n: index + 1,
      id: uuidv7(),
      type,
      version: ORDER_EVENT_VERSIONS[type],
      status,
      payload,
      causation,
    };
    causation = row.id;
    return row;
  });
}
