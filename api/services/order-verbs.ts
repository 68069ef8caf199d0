import type { OrderVerbInput } from '../../contracts/temporal/messages.ts';
import type { OrderVerb } from '../../contracts/words.ts';
import { askedVerb, judgeOrderVerb } from '../../domain/orders/order-verbs.ts';
import type { Queryable } from '../../prisma/client.ts';
import { isRecorded } from '../../prisma/repositories/audit.ts';
import {
  OrderMissingError,
  readOrderControl,
  toOrderSituation,
} from '../../prisma/repositories/order-control.ts';
import { applyOrderVerb } from '../../prisma/repositories/order-verbs.ts';
import { type OrderSnapshot, readOrderSnapshot } from '../../prisma/repositories/orders.ts';
import type { AppDeps } from '../deps.ts';
import { type Actor, found, notFound, wrongState } from '../routes/shared.ts';

/** How long an answer waits for a verb to take effect. */
const EFFECT_TIMEOUT_MS = 5_000;

/** Behind all entries that there can be. */
const LAST_SEQ = 2 ** 31 - 1;

/** What is asked of an order, and by whom. */
export type AskedOfOrder = Actor & Pick<OrderVerbInput, 'step' | 'action'>;

/**
 * Does to an order what an operator asks: by its workflow where one runs, which does it between two steps, and else here; then a
 * workflow is started that goes on.
 *
 * @returns the order, and whether the verb has taken effect yet
 * @throws {HttpProblem} `not-found`, `wrong-state`
 */
export async function askOfOrder(
  deps: AppDeps,
  orderId: string,
  verb: OrderVerb,
  asked: AskedOfOrder,
): Promise<{ order: OrderSnapshot; isDone: boolean }> {
  const { pool } = deps.database;
  let isDone = true;
  if (!(await isRecorded(pool, asked.id)) && (await isToDo(pool, orderId, verb, asked))) {
    if (await deps.workflows.sendOrderVerb(orderId, verb, asked)) {
      isDone = await waitForEffect(deps, orderId, verb, asked);
    } else {
      await actAlone(deps, orderId, verb, asked);
    }
  }
  return { order: found(await readOrderSnapshot(pool, orderId)), isDone };
}

/** @returns false when the order is where the verb leads to */
async function isToDo(
  db: Queryable,
  orderId: string,
  verb: OrderVerb,
  asked: AskedOfOrder,
): Promise<boolean> {
  const control = await readOrderControl(db, orderId).catch((error: unknown) => {
    throw error instanceof OrderMissingError ? notFound() : error;
  });
  const verdict = judgeOrderVerb(askedVerb(verb, asked), toOrderSituation(control));
  if (verdict.effect === 'refused') throw wrongState(verdict.detail, control.status);
  return verdict.effect === 'done';
}

/** The workflow does not run: what it would do is done on the database, and it is started again. */
async function actAlone(
  { database, workflows, orderNotifier }: AppDeps,
  orderId: string,
  verb: OrderVerb,
  asked: AskedOfOrder,
): Promise<void> {
  const request = { ...asked, verb, key: asked.id };
  const { effect, detail, state } = await applyOrderVerb(database.pool, orderId, request, false);
  if (effect === 'refused') throw wrongState(detail ?? 'That is not possible now.', state.status);
  orderNotifier.changed(orderId);
  if (state.next !== null) await workflows.wakeOrder({ id: orderId, next: state.next });
}

/** @returns whether the workflow has done it, before that takes too long */
async function waitForEffect(
  { database, orderWatch }: AppDeps,
  orderId: string,
  verb: OrderVerb,
  asked: AskedOfOrder,
): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      unsubscribe();
    };
    const finish = (isDone: boolean): void => {
      stop();
      resolve(isDone);
    };
    const look = async (): Promise<void> => {
      // Refused after all, because the order went on meanwhile: that throws.
      if ((await isRecorded(database.pool, asked.id)) || !(await isToDo(database.pool, orderId, verb, asked)))
        finish(true);
    };
    const timer = setTimeout(finish, EFFECT_TIMEOUT_MS, false);
    // The place is far behind all there is: only that something happened matters.
    const unsubscribe = orderWatch.subscribe(orderId, { seq: LAST_SEQ }, () => {
      look().catch((error: unknown) => {
        stop();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
  });
}
