import { MockActivityEnvironment } from '@temporalio/testing';
import type { Client } from '@temporalio/client';

/** An engine for activities that start or wake workflows, which nobody runs. */
const NO_WORKFLOWS = {
  workflow: { signalWithStart: () => Promise.resolve() },
  withAbortSignal: <T>(_signal: AbortSignal, work: () => T): T => work(),
};

/** Runs activities as a worker does, beside which there is no workflow. */
export function createActivityEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { client: NO_WORKFLOWS as unknown as Client });
}
