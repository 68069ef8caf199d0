import { setTimeout as delay } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { temporalConnectionOptions, type TemporalSecurity } from '../../platform/temporal-options.ts';
import { readNamespace } from './temporal-server.ts';

/** A server that is up answers within milliseconds. */
const CALL_MS = 5_000;
const POLL_MS = 500;
/** A server learns of a namespace that another of its processes has registered when it next reads the list, every 10 s. */
const NAMESPACE_LISTED_MS = 60_000;
const SECONDS_PER_DAY = 24 * 60 * 60;
const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;

/** What became of the namespace. */
export interface NamespaceState {
  outcome: 'registered' | 'retention-raised' | 'unchanged';
  /** For how many days closed workflows are kept now. */
  retentionDays: number;
}

/**
 * Waits until a Temporal server answers.
 *
 * @param address `host:port`
 * @param waitMs how long, at most
 * @param security how it is spoken to; default: plainly
 * @throws {Error} that says why it did not answer
 */
export async function waitForTemporal(
  address: string,
  waitMs: number,
  security: TemporalSecurity = {},
): Promise<void> {
  const options = temporalConnectionOptions({ ...security, TEMPORAL_ADDRESS: address });
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      const connectTimeout = Math.min(Math.max(deadline - Date.now(), POLL_MS), CALL_MS);
      const connection = await Connection.connect({ ...options, connectTimeout });
      await connection.close();
      return;
    } catch (error) {
      if (Date.now() + POLL_MS > deadline) {
        throw new Error(
          `the Temporal server ${address} (TEMPORAL_ADDRESS) did not answer within ${String(waitMs / 1_000)} s: ` +
            (error as Error).message,
          { cause: error },
        );
      }
      await delay(POLL_MS);
    }
  }
}

/**
 * Makes sure that the namespace exists and keeps closed workflows at least as long as temporal-config/namespace.json says.
 * A longer retention stays: somebody wanted it.
 *
 * @param address `host:port`
 * @throws {Error} when the server does not let us, or does not list the namespace in time
 */
export async function ensureNamespace(
  address: string,
  namespace: string,
  security: TemporalSecurity = {},
): Promise<NamespaceState> {
  const { retentionDays } = await readNamespace();
  const options = temporalConnectionOptions({ ...security, TEMPORAL_ADDRESS: address });
  const connection = await Connection.connect({ ...options, connectTimeout: CALL_MS });
  try {
    const registered = await register(connection, namespace, retentionDays);
    const present = await retentionOf(connection, namespace);
    if (present >= retentionDays)
      return { outcome: registered ? 'registered' : 'unchanged', retentionDays: present };
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: duration(retentionDays) },
      }),
    );
    return { outcome: 'retention-raised', retentionDays };
  } catch (error) {
    throw new Error(
      `the namespace ${namespace} of ${address} could not be set up: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    await connection.close();
  }
}

/** @returns whether it was missing */
async function register(connection: Connection, namespace: string, retentionDays: number): Promise<boolean> {
  try {
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return false;
  } catch (error) {
    if (!isGrpcServiceError(error) || (error.code as number) !== GRPC_NOT_FOUND) throw error;
  }
  try {
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.registerNamespace({
        namespace,
        description: 'Longshore',
        workflowExecutionRetentionPeriod: duration(retentionDays),
      }),
    );
    return true;
  } catch (error) {
    // Another process was quicker.
    if (isGrpcServiceError(error) && (error.code as number) === GRPC_ALREADY_EXISTS) return false;
    throw error;
  }
}

/** Waits until every call knows the namespace, too: the workers, who come next, would fail without it. */
async function retentionOf(connection: Connection, namespace: string): Promise<number> {
  const deadline = Date.now() + NAMESPACE_LISTED_MS;
  for (;;) {
    try {
      const { config } = await connection.withDeadline(Date.now() + CALL_MS, async () => {
        // Goes by the list that the server keeps in memory, as the calls of workers do.
        await connection.workflowService.listWorkflowExecutions({ namespace, pageSize: 1 });
        return connection.workflowService.describeNamespace({ namespace });
      });
      return Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) / SECONDS_PER_DAY;
    } catch (error) {
      const unknown = isGrpcServiceError(error) && (error.code as number) === GRPC_NOT_FOUND;
      if (!unknown || Date.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
}

function duration(days: number): { seconds: never } {
  // The types want a Long; any number is written as one.
  return { seconds: (days * SECONDS_PER_DAY) as never };
}
