import { Client, Connection } from '@temporalio/client';
import type { KeyRing } from './key-ring.ts';
import { dataConverterOf } from './payload-codec.ts';

/** Where the Temporal server is, and what it may read. */
export interface TemporalSettings {
  TEMPORAL_ADDRESS: string;
  TEMPORAL_NAMESPACE: string;
  ENCRYPTION_KEYS?: KeyRing | undefined;
}

/**
 * A client that connects when it is first used, so that a process can start, and say that it is not ready, while the
 * Temporal server is away.
 */
export function createTemporalClient(settings: TemporalSettings): Client {
  return new Client({
    connection: Connection.lazy({ address: settings.TEMPORAL_ADDRESS }),
    namespace: settings.TEMPORAL_NAMESPACE,
    dataConverter: dataConverterOf(settings.ENCRYPTION_KEYS),
  });
}
