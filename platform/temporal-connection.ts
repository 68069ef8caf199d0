import { Client, Connection } from '@temporalio/client';
import { tracingInterceptors } from './tracing.ts';
import type { KeyRing } from './key-ring.ts';
import { dataConverterOf } from './payload-codec.ts';
import { temporalConnectionOptions, type TemporalSecurity } from './temporal-options.ts';

/** Where the Temporal server is, and what it may read. */
export interface TemporalSettings extends TemporalSecurity {
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
    connection: Connection.lazy(temporalConnectionOptions(settings)),
    namespace: settings.TEMPORAL_NAMESPACE,
    interceptors: { workflow: [...tracingInterceptors()] },
    dataConverter: dataConverterOf(settings.ENCRYPTION_KEYS),
  });
}
