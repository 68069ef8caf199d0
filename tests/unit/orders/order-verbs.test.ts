import { describe, expect, test } from 'vitest';
import {
  type AskedOrderVerb,
  judgeOrderVerb,
  type OrderSituation,
} from '../../../domain/orders/order-verbs.ts';

const AT_WORK: OrderSituation = {
  status: 'INVENTORY_RESERVED',
  goal: 'fulfil',
  isHeld: true,
  payment: 'requested',
  shipment: null,
  parked: null,
  retrying: null,
};

/** Orders as they stand at the moments at which somebody may want something of them. */
const MOMENTS = {
  new: { ...AT_WORK, status: 'CREATED', isHeld: false, payment: null },
  'at work': AT_WORK,
  'waiting for the payment': { ...AT_WORK, parked: 'payment' },
  'waiting for the carrier': {
    ...AT_WORK,
    status: 'PAYMENT_AUTHORIZED',
    payment: 'authorized',
    shipment: 'requested',
    parked: 'shipping',
  },
  'retried, at work': { ...AT_WORK, retrying: 'payment' },
  shipped: {
    ...AT_WORK,
    status: 'SHIPPED',
    goal: null,
    isHeld: false,
    payment: 'authorized',
    shipment: 'shipped',
  },
  'out of stock': { ...AT_WORK, status: 'INVENTORY_FAILED', goal: null, isHeld: false, payment: null },
  declined: { ...AT_WORK, status: 'PAYMENT_FAILED', goal: null, isHeld: false, payment: 'declined' },
  refunded: {
    ...AT_WORK,
    status: 'REFUNDED',
    goal: null,
    isHeld: false,
    payment: 'refunded',
    shipment: 'refused',
  },
  'shipped and refunded': {
    ...AT_WORK,
    status: 'REFUNDED',
    goal: null,
    isHeld: false,
    payment: 'refunded',
    shipment: 'shipped',
  },
  'being undone': {
    ...AT_WORK,
    status: 'SHIPPING_FAILED',
    goal: 'undo',
    payment: 'authorized',
    shipment: 'refused',
  },
  'waiting for the refund': {
    ...AT_WORK,
    status: 'SHIPPING_FAILED',
    goal: 'undo',
    payment: 'authorized',
    shipment: 'refused',
    parked: 'refund',
  },
  'waiting for the release': {
    ...AT_WORK,
    status: 'PAYMENT_FAILED',
    goal: 'undo',
    payment: 'declined',
    parked: 'release',
  },
  'waiting for the refund of a cancelled one': {
    ...AT_WORK,
    status: 'PAYMENT_AUTHORIZED',
    goal: 'cancel',
    payment: 'authorized',
    shipment: 'recalled',
    parked: 'refund',
  },
  cancelled: { ...AT_WORK, status: 'CANCELLED', goal: null, isHeld: false, payment: 'void' },
} as const satisfies Record<string, OrderSituation>;

const ASKED = {
  retry: { verb: 'retry' },
  'retry inventory': { verb: 'retry', step: 'inventory' },
  'retry payment': { verb: 'retry', step: 'payment' },
  'retry shipping': { verb: 'retry', step: 'shipping' },
  release: { verb: 'compensate', action: 'releaseInventory' },
  refund: { verb: 'compensate', action: 'refundPayment' },
  cancel: { verb: 'cancel' },
} as const satisfies Record<string, AskedOrderVerb>;

/** What each verb does at each moment: + done, = there already, - refused. In the order of the verbs above. */
const TABLE: Record<keyof typeof MOMENTS, string> = {
  new: '------+',
  'at work': '----+-+',
  'waiting for the payment': '+-+-+-+',
  'waiting for the carrier': '+--+-++',
  'retried, at work': '=-=-+-+',
  shipped: '-----+-',
  'out of stock': '++--=-+',
  declined: '+++-=-+',
  refunded: '++++==-',
  'shipped and refunded': '-----=-',
  'being undone': '----==+',
  'waiting for the refund': '+----++',
  'waiting for the release': '+---+-+',
  'waiting for the refund of a cancelled one': '+----++',
  cancelled: '----=-=',
};

const SIGNS = { done: '+', already: '=', refused: '-' };

describe('what operators can do to an order that is', () => {
  test.each(Object.keys(MOMENTS) as (keyof typeof MOMENTS)[])('%s', (moment) => {
    const signs = Object.values(ASKED).map((asked) => SIGNS[judgeOrderVerb(asked, MOMENTS[moment]).effect]);
    const doable = Object.keys(ASKED).filter((_, index) => signs[index] === '+');
    expect([signs.join(''), doable]).toEqual([
      TABLE[moment],
      Object.keys(ASKED).filter((_, index) => TABLE[moment][index] === '+'),
    ]);
  });
});

test('without a word of what, a compensation gives back the money first', () => {
  const ask = (moment: keyof typeof MOMENTS) => judgeOrderVerb({ verb: 'compensate' }, MOMENTS[moment]);
  expect(ask('shipped')).toMatchObject({ action: 'refundPayment' });
  expect(ask('waiting for the payment')).toMatchObject({
    action: 'releaseInventory',
    status: 'PAYMENT_FAILED',
  });
  expect(ask('waiting for the release')).toMatchObject({ action: 'releaseInventory', goal: 'undo' });
});
