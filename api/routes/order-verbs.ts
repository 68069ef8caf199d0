import type { z } from 'zod';
import { verbBodySchema } from '../../contracts/http/job.ts';
import {
  compensateOrderBodySchema,
  type OrderJson,
  orderExample,
  orderParamsSchema,
  orderSchema,
  requestedOrderSchema,
  retryOrderBodySchema,
} from '../../contracts/http/order.ts';
import type { OrderVerb } from '../../contracts/words.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, type RouteRequest } from '../http/route.ts';
import { askOfOrder, type AskedOfOrder } from '../services/order-verbs.ts';
import { viewOrder } from '../views/order-view.ts';
import { actorOf } from './shared.ts';

interface VerbTexts {
  verb: OrderVerb;
  summary: string;
  description: string;
  /** What 200 means. */
  done: string;
}

function declareVerb<const Body extends z.ZodType>(
  body: Body,
  { verb, summary, description, done }: VerbTexts,
) {
  const before: OrderJson = { ...orderExample, status: 'PAYMENT_AUTHORIZED', shipment: null };
  return declareRoute({
    method: 'post',
    path: `/api/orders/:id/${verb}`,
    operationId: `${verb}Order`,
    summary,
    description,
    tag: 'orders',
    access: 'operator',
    params: orderParamsSchema,
    body,
    responses: {
      200: { description: done, schema: orderSchema, example: orderExample },
      202: {
        description: 'Asked for, but not yet done after 5 s: a step is still at work, or no worker is there.',
        schema: requestedOrderSchema,
        example: { ...before, requested: true },
      },
    },
    problems: ['wrong-state'],
  });
}

const retryOrder = declareVerb(retryOrderBodySchema, {
  verb: 'retry',
  summary: 'Do a step of an order again',
  description:
    'The step that gave up, or one that ended with a no. What was undone since counts as not done: a retry of the payment reserves ' +
    'again, one of shipping after a refund reserves and pays again. A second one while the first is at work changes nothing.',
  done: 'The step is at work again.',
});

const compensateOrder = declareVerb(compensateOrderBodySchema, {
  verb: 'compensate',
  summary: 'Undo what was done for an order',
  description:
    '`refundPayment` gives the money back and releases what is held; an order that has been shipped is refunded and stays shipped. ' +
    '`releaseInventory` is for an order that is not paid.',
  done: 'It is being undone, or was.',
});

const cancelOrder = declareVerb(verbBodySchema, {
  verb: 'cancel',
  summary: 'Cancel an order',
  description: 'Possible until it has been shipped. What was done is undone.',
  done: 'It is being cancelled, or was.',
});

/** What an operator can do to an order. */
export function mountOrderVerbs(router: ApiRouter, deps: AppDeps): void {
  async function act(
    verb: OrderVerb,
    {
      params,
      principal,
      request,
    }: Pick<RouteRequest<typeof cancelOrder>, 'params' | 'principal' | 'request'>,
    body: { id?: string | undefined; reason?: string | undefined } | undefined,
    what: Pick<AskedOfOrder, 'step' | 'action'> = {},
  ) {
    const asked = { ...actorOf(principal, request, body), ...what };
    const { order, isDone } = await askOfOrder(deps, params.id, verb, asked);
    const shown = viewOrder(order, deps.config);
    return isDone
      ? { status: 200 as const, body: shown }
      : { status: 202 as const, body: { ...shown, requested: true as const } };
  }

  mountRoute(
    router,
    retryOrder,
  )(async (request) => {
    const { step, ...body } = request.body ?? {};
    return await act('retry', request, body, step === undefined ? {} : { step });
  });
  mountRoute(
    router,
    compensateOrder,
  )(async (request) => {
    const { action, ...body } = request.body ?? {};
    return await act('compensate', request, body, action === undefined ? {} : { action });
  });
  mountRoute(router, cancelOrder)(async (request) => await act('cancel', request, request.body));
}
