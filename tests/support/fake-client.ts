import type { Client } from '@temporalio/client';

/** The one part of the client that wakes workflows, which activities do after a commit. Tells whom. */
export function createFakeClient(): { client: Client; woken: string[] } {
  const woken: string[] = [];
  const client = {
    // How activities are run.
    withAbortSignal: (_signal: AbortSignal, work: () => unknown) => work(),
    workflow: {
      signalWithStart: (_type: string, { workflowId }: { workflowId: string }) => {
        woken.push(workflowId);
        return Promise.resolve();
      },
    },
  };
  return { client: client as unknown as Client, woken };
}
