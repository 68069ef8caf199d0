import { setTimeout as delay } from 'node:timers/promises';
import type { Carrier } from '../carriers/carrier.ts';
import type { Payments } from '../payments/payments.ts';
import { ProviderError, type ProviderErrorCode } from '../provider-error.ts';
import { createCarrierSimulator } from './carrier-simulator.ts';
import { createPaymentSimulator } from './payment-simulator.ts';
import type { Simulated } from './test-values.ts';

/** Of what is not remembered any more a repeated request gets the same answer, as ids come from keys. */
const MAX_ENTRIES = 10_000;

const FAULTS: Record<'unavailable' | 'silent' | 'lost' | 'invalid', ProviderErrorCode> = {
  unavailable: 'provider_unavailable',
  silent: 'provider_timeout',
  lost: 'provider_timeout',
  invalid: 'provider_refused',
};

const DETAILS: Record<keyof typeof FAULTS, string> = {
  unavailable: 'The simulator was told to be away.',
  silent: 'The simulator was told not to answer.',
  lost: 'The simulator was told to lose its answer.',
  invalid: 'The key was used for another request.',
};

async function answered<Answer>(made: Simulated<Answer>): Promise<Answer> {
  if ('fault' in made) throw new ProviderError(FAULTS[made.fault], DETAILS[made.fault]);
  if (made.delayMs > 0) await delay(made.delayMs);
  return made.answer;
}

/**
 * Simulated payments in this process. What it counts, such as failures before a success, it forgets with the process; the plain
 * outcomes need no memory.
 */
export function createSimulatedPayments(): Payments {
  const simulator = createPaymentSimulator(MAX_ENTRIES);
  return {
    provider: 'simulator',
    authorise: async (request) => await answered(simulator.authorise(request)),
    undo: async (request) => await answered(simulator.undo(request)),
    check: () => Promise.resolve(),
  };
}

/** A simulated carrier in this process; as {@link createSimulatedPayments}. */
export function createSimulatedCarrier(): Carrier {
  const simulator = createCarrierSimulator(MAX_ENTRIES);
  return {
    ship: async (request) => await answered(simulator.ship(request)),
    recall: async (request) => await answered(simulator.recall(request)),
    check: () => Promise.resolve(),
  };
}
