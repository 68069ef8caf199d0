import {
  listMissingDeliveries,
  listMissingEvents,
  listOverdueDeliveries,
  listUnannouncedEvents,
  listWrongRowEvents,
} from '../../prisma/repositories/event-invariants.ts';
import { type Invariant, settled } from './invariant.ts';

const QUESTIONS = [
  listMissingEvents,
  listUnannouncedEvents,
  listMissingDeliveries,
  listOverdueDeliveries,
  listWrongRowEvents,
];

/**
 * What the database says of it. That the receivers were sent what it says, and always under the same `webhook-id`, is seen at the
 * receivers: the tests hold their logs against it.
 */
export const everyEventDelivered: Invariant = {
  id: 'I4',
  rule: 'Each event reaches each endpoint that has subscribed to it at least once, or its delivery is parked.',
  check: settled(async ({ db }) => {
    const broken: string[] = [];
    for (const question of QUESTIONS) broken.push(...(await question(db.pool)));
    return broken;
  }),
};
