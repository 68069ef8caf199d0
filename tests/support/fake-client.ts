import type { Client } from '@temporalio/client';

/** The parts of the client that wake and tell workflows, all of which run. Says whom, and of signals also which. */
export function createFakeClient(): {
  client: Client;
  woken: string[];
  signals: [workflowId: string, signal: string][];
} {
  const woken: string[] = [];
  const signals: [workflowId: string, signal: string][] = [];
  const client = {
    // How activities are run.
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    workflow: {
      signalWithStart: (_type: string, { workflowId }: { workflowId: string }) => {
        woken.push(workflowId);
        return Promise.resolve();
      },
      getHandle: (workflowId: string) => ({
        describe: () => Promise.resolve({ status: { name: 'RUNNING' } }),
        signal: (name: string) => {
          signals.push([workflowId, name]);
          return Promise.resolve();
        },
      }),
    },
  };
  return { client: client as unknown as Client, woken, signals };
}
