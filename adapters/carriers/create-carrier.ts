import type { CarrierSettings } from '../../platform/config.ts';
import { createHttpSimulatedCarrier } from '../simulator/client.ts';
import { createSimulatedCarrier } from '../simulator/in-process.ts';
import type { Carrier } from './carrier.ts';

/** The carrier that the settings name. */
export function createCarrier({
  CARRIER_PROVIDER: provider,
  CARRIER_URL: url,
  CARRIER_TIMEOUT_MS: timeoutMs,
}: CarrierSettings): Carrier {
  switch (provider) {
    case 'simulator':
      return createSimulatedCarrier();
    case 'simulator-http':
      // The settings were refused if it were not there.
      return createHttpSimulatedCarrier({ url: url ?? '', timeoutMs });
  }
}
