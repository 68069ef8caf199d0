import type { Client } from '@temporalio/client';

/**
 * The parts of the client that look at workflows, wake and tell them. All of them run. Says whom it woke, and of signals also
 * which.
 *
 * @param taskAttempts how often the task at which a workflow is has been tried
 */
export function createFakeClient(taskAttempts: () => number = () => 0): {
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
        describe: () =>
          Promise.resolve({
            status: { name: 'RUNNING' },
            raw: { pendingWorkflowTask: { attempt: taskAttempts() } },
          }),
        signal: (name: string) => {
          signals.push([workflowId, name]);
          return Promise.resolve();
        },
      }),
    },
  };
  return { client: client as unknown as Client, woken, signals };
}
