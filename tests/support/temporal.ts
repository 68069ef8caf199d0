import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { bundleWorkflows } from '../../workers/bundle-options.ts';
import { startTemporalServer, type TemporalServer } from '../../scripts/stack/temporal-server.ts';

/** A Temporal server of its own for a test file, with a client. */
export interface TestTemporal {
  server: TemporalServer;
  client: Client;
  native: NativeConnection;
  /** Creates a worker in this process; the caller runs it. */
  createWorker: (options: Partial<WorkerOptions> & { taskQueue: string }) => Promise<Worker>;
  stop: () => Promise<void>;
}

// Once a process, before its first worker: replays and tests tell of each state of each worker otherwise.
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

const bundles = new Map<boolean, ReturnType<typeof bundleWorkflows>>();

/** The workflows as the workflow worker bundles them, with or without traces, made once per process. */
export function workflowBundle(isTraced = false): ReturnType<typeof bundleWorkflows> {
  const bundle = bundles.get(isTraced) ?? bundleWorkflows(isTraced, 'ERROR');
  bundles.set(isTraced, bundle);
  return bundle;
}

export async function startTestTemporal(): Promise<TestTemporal> {
  const server = await startTemporalServer({ headless: true });
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });
  return {
    server,
    client: new Client({ connection, namespace: server.namespace }),
    native,
    createWorker: (options) => Worker.create({ connection: native, namespace: server.namespace, ...options }),
    async stop() {
      await connection.close();
      await native.close();
      await server.stop();
    },
  };
}
