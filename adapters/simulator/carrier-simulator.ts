import type { RecallAnswer, RecallRequest, ShipmentAnswer, ShipmentRequest } from '../carriers/carrier.ts';
import { createEntries, idOf } from './entries.ts';
import { faultsOf, type Simulated, simulate, testValuesOf } from './test-values.ts';

/** What has become of a shipment. */
export interface SimulatedShipment {
  key: string;
  orderId: string;
  service: string | null;
  /** How often it was asked for. */
  requests: number;
  isShipped: boolean;
  isRecalled: boolean;
  recallRequests: number;
  /** Nobody can begin this shipment any more. */
  isVoid: boolean;
  answer: ShipmentAnswer | null;
}

/** A carrier that moves no parcels and keeps a ledger as if it did. */
export interface CarrierSimulator {
  ship: (request: ShipmentRequest) => Simulated<ShipmentAnswer>;
  recall: (request: RecallRequest) => Simulated<RecallAnswer>;
  ledger: () => SimulatedShipment[];
}

const CARRIER = 'simulated';

const REFUSED: Readonly<Record<string, string>> = {
  sim_refuse: 'address_not_served',
  sim_unknown_then_refused: 'address_not_served',
};

/** Test values that refuse nothing. */
const ACCEPTED =
  /^sim_(?:ok|unavailable|fail_\d{1,6}_times|timeout|unknown_then_shipped|slow_\d{1,6}ms|recallable|recall_(?:fails|fails_\d{1,6}_times|unknown))$/;

/** @param maxEntries shipments that are remembered; others were never asked for */
export function createCarrierSimulator(maxEntries: number): CarrierSimulator {
  const shipments = createEntries<SimulatedShipment>(maxEntries);

  const entryOf = ({ key, orderId, service }: ShipmentRequest | RecallRequest): SimulatedShipment =>
    shipments.getOrAdd(key, () => ({
      ...{ key, orderId, service, answer: null, requests: 0, recallRequests: 0 },
      ...{ isShipped: false, isRecalled: false, isVoid: false },
    }));

  return {
    ship(request) {
      const shipment = entryOf(request);
      const { key, orderId, service } = request;
      if (shipment.orderId !== orderId || shipment.service !== service) return { fault: 'invalid' };
      shipment.requests += 1;
      const values = testValuesOf(service);
      return simulate(faultsOf(values, 'sim'), shipment.requests, shipment.answer !== null, () => {
        shipment.answer ??= shipment.isVoid
          ? { outcome: 'refused', reason: 'cancelled' }
          : answerTo(key, values);
        shipment.isShipped = shipment.answer.outcome === 'shipped';
        return shipment.answer;
      });
    },

    recall(request) {
      const shipment = entryOf(request);
      shipment.recallRequests += 1;
      const values = testValuesOf(shipment.service);
      const { isRecalled, answer } = shipment;
      return simulate<RecallAnswer>(
        faultsOf(values, 'sim_recall'),
        shipment.recallRequests,
        isRecalled,
        () => {
          if (answer?.outcome !== 'shipped') {
            shipment.isVoid = true;
            return { outcome: 'never_happened' };
          }
          if (!values.includes('sim_recallable')) {
            return { outcome: 'too_late', carrier: answer.carrier, trackingId: answer.trackingId };
          }
          shipment.isRecalled = true;
          return { outcome: 'recalled' };
        },
      );
    },

    ledger: () => shipments.all(),
  };
}

function answerTo(key: string, values: readonly string[]): ShipmentAnswer {
  for (const value of values) {
    const reason = REFUSED[value];
    if (reason !== undefined) return { outcome: 'refused', reason };
    // A misspelt one must not pass for a success.
    if (!ACCEPTED.test(value)) return { outcome: 'refused', reason: 'unknown_test_value' };
  }
  return { outcome: 'shipped', carrier: CARRIER, trackingId: idOf('parcel', key) };
}
