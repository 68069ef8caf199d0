import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { startTemporalServer, type TemporalServer } from '../../scripts/stack/temporal-server.ts';

/** A Temporal server of its own for a test file, with a client. */
export interface TestTemporal {
  server: TemporalServer;
  client: Client;
  /** Creates a worker in this process; the caller runs it. */
  createWorker: (options: Partial<WorkerOptions> & { taskQueue: string }) => Promise<Worker>;
  stop: () => Promise<void>;
}

const WORKFLOWS_PATH = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

// Once a process, before its first worker: replays and tests tell of each state of each worker otherwise.
Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

let bundle: ReturnType<typeof bundleWorkflowCode> | undefined;

/** The workflows as the workflow worker bundles them, made once per process. */
export function workflowBundle(): ReturnType<typeof bundleWorkflowCode> {
  bundle ??= bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: new DefaultLogger('ERROR') });
  return bundle;
}

export async function startTestTemporal(): Promise<TestTemporal> {
  const server = await startTemporalServer({ headless: true });
  const connection = await Connection.connect({ address: server.address });
  const native = await NativeConnection.connect({ address: server.address });
  return {
    server,
    client: new Client({ connection, namespace: server.namespace }),
    createWorker: (options) => Worker.create({ connection: native, namespace: server.namespace, ...options }),
    async stop() {
      await connection.close();
      await native.close();
      await server.stop();
    },
  };
}
