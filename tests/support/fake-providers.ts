import type { Carrier, ShipmentAnswer } from '../../adapters/carriers/carrier.ts';
import type { Authorisation, Payments } from '../../adapters/payments/payments.ts';
import { ProviderError } from '../../adapters/provider-error.ts';

/**
 * How a request goes: `unavailable` and `misconfigured` do nothing, `lost` is done and its answer is lost; `no` is a final
 * refusal. Anything else goes well.
 */
export type Fault = 'unavailable' | 'misconfigured' | 'lost' | 'no' | 'well';

/** A payment provider and a carrier that keep books, so that a test can say what really happened. */
export interface FakeProviders {
  payments: Payments;
  carrier: Carrier;
  /** How the next requests go, in order; what is not listed goes well. */
  plan: Record<'authorise' | 'undo' | 'ship' | 'recall', Fault[]>;
  /** What was charged under which key, and whether it was given back. */
  charges: Map<string, { amount: string; isRefunded: boolean }>;
  /** What was sent under which key. */
  parcels: Map<string, { items: { sku: string; qty: number }[] }>;
  /** Every request that came, by its kind and key. */
  requests: string[];
  /** Called before each request is answered. */
  onRequest: (request: string) => Promise<void> | void;
  /** Begins with empty books. */
  forget: () => void;
}

export function createFakeProviders(): FakeProviders {
  const answers = new Map<string, Authorisation | ShipmentAnswer>();
  const closed = new Set<string>();
  const fakes: FakeProviders = {
    plan: { authorise: [], undo: [], ship: [], recall: [] },
    charges: new Map(),
    parcels: new Map(),
    requests: [],
    onRequest: () => undefined,
    forget() {
      for (const book of [answers, closed, fakes.charges, fakes.parcels]) book.clear();
      for (const faults of Object.values(fakes.plan)) faults.length = 0;
      fakes.requests.length = 0;
      fakes.onRequest = () => undefined;
    },
    payments: {
      provider: 'fake',
      authorise: ({ key, amount }) =>
        asked('authorise', key, (fault) =>
          remembered(key, (): Authorisation => {
            if (fault === 'no' || closed.has(key)) return { outcome: 'declined', reason: 'card_declined' };
            fakes.charges.set(key, { amount, isRefunded: false });
            return { outcome: 'authorized', authId: `auth-${key}` };
          }),
        ),
      undo: ({ key, refundKey }) =>
        asked('undo', key, () => {
          closed.add(key);
          const charge = fakes.charges.get(key);
          if (charge === undefined) return { outcome: 'never_happened' as const };
          charge.isRefunded = true;
          return { outcome: 'refunded' as const, refundId: `refund-${refundKey}` };
        }),
      check: () => Promise.resolve(),
    },
    carrier: {
      ship: ({ key, items }) =>
        asked('ship', key, (fault) =>
          remembered(key, (): ShipmentAnswer => {
            if (fault === 'no' || closed.has(key)) return { outcome: 'refused', reason: 'no_service' };
            fakes.parcels.set(key, { items });
            return { outcome: 'shipped', carrier: 'fake', trackingId: `track-${key}` };
          }),
        ),
      recall: ({ key }) =>
        asked('recall', key, () => {
          const sent = answers.get(key);
          if (sent?.outcome === 'shipped') return { ...sent, outcome: 'too_late' as const };
          closed.add(key);
          return { outcome: 'never_happened' as const };
        }),
      check: () => Promise.resolve(),
    },
  };

  async function asked<T>(
    kind: keyof FakeProviders['plan'],
    key: string,
    act: (fault: Fault) => T,
  ): Promise<T> {
    const request = `${kind} ${key}`;
    fakes.requests.push(request);
    await fakes.onRequest(request);
    const fault = fakes.plan[kind].shift() ?? 'well';
    if (fault === 'unavailable') throw new ProviderError('provider_unavailable', 'out of order');
    if (fault === 'misconfigured') throw new ProviderError('provider_refused', 'wrong key');
    const answer = act(fault);
    if (fault === 'lost') throw new ProviderError('provider_timeout', 'no answer in time');
    return answer;
  }

  /** The same request under the same key is answered as the first one was. */
  function remembered<T extends Authorisation | ShipmentAnswer>(key: string, act: () => T): T {
    const known = answers.get(key) as T | undefined;
    const answer = known ?? act();
    answers.set(key, answer);
    return answer;
  }

  return fakes;
}
