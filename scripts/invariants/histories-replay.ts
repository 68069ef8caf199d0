import type { WorkflowExecutionStatusName } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { loadWorkflowBundle } from '../../workers/workflow-bundle.ts';
import type { Invariant } from './invariant.ts';

const MAX_EVENTS = 4_096;
const MAX_PAYLOAD_BYTES = 256 * 1024;

const { HistoryEvent } = proto.temporal.api.history.v1;

/** Takes seconds to make; a process that checks more than once makes it once. */
let bundle: ReturnType<typeof loadWorkflowBundle> | undefined;

/** Of a run to whose history nothing is added any more. */
const CLOSED: ReadonlySet<WorkflowExecutionStatusName> = new Set([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'CONTINUED_AS_NEW',
  'TIMED_OUT',
]);

/** Ids of closed runs that this process has found good: neither they nor the code change any more. */
const good = new Set<string>();

export const historiesReplay: Invariant = {
  id: 'I6',
  rule: 'Every history replays on the code of today, none is longer than 4,096 events, no event is larger than 256 KB.',
  check: async ({ temporal }) => {
    const broken: string[] = [];
    const closed: string[] = [];
    // One after the other, as the replayer wants them: there may be many more than fit into memory.
    async function* histories() {
      for await (const { workflowId, runId, status } of temporal.workflow.list()) {
        if (good.has(runId)) continue;
        const history = await temporal.workflow.getHandle(workflowId, runId).fetchHistory();
        broken.push(...faultsOf(history).map((fault) => `${workflowId} (${runId})${fault}`));
        if (CLOSED.has(status.name)) closed.push(runId);
        yield { workflowId, history };
      }
    }
    quietRuntime();
    bundle ??= loadWorkflowBundle(undefined, false);
    // Whoever can read the histories has the keys that they are encrypted with.
    const { payloadCodecs } = temporal.options.loadedDataConverter;
    const replays = Worker.runReplayHistories(
      { workflowBundle: await bundle, dataConverter: { payloadCodecs } },
      histories(),
    );
    for await (const { workflowId, error } of replays) {
      if (error !== undefined) broken.push(`${workflowId} does not replay: ${error.message}`);
    }
    if (broken.length === 0) for (const runId of closed) good.add(runId);
    return broken;
  },
};

function faultsOf(history: proto.temporal.api.history.v1.IHistory): string[] {
  const events = history.events ?? [];
  const faults = events.length > MAX_EVENTS ? [` has ${events.length} events`] : [];
  for (const event of events) {
    // An event holds its payloads and little else.
    const sizeBytes = HistoryEvent.encode(event).finish().length;
    if (sizeBytes > MAX_PAYLOAD_BYTES) {
      faults.push(`, event ${String(event.eventId)} has ${sizeBytes} bytes`);
    }
  }
  return faults;
}

/** The replayer tells of each worker that it makes; here only the result counts. */
function quietRuntime(): void {
  try {
    Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  } catch {
    // This process has one already.
  }
}
