import { Client, Connection } from '@temporalio/client';
import { tracingInterceptors } from './tracing.ts';
import { temporalConnectionOptions, type TemporalSecurity } from './temporal-options.ts';

/** Where the Temporal server is. */
export interface TemporalSettings extends TemporalSecurity {
  TEMPORAL_ADDRESS: string;
  TEMPORAL_NAMESPACE: string;
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
  });
}
