import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { loadEncryptionKeys } from '../platform/config.ts';
import { dataConverterOf } from '../platform/payload-codec.ts';
import { checkFile } from './lib/check-file.ts';
import { JSON_FLAG, print, printJson, runScript, say } from './lib/cli.ts';
import { ROOT } from './lib/local-stack.ts';

interface Result {
  file: string;
  workflowType: string;
  events: number;
  clean: boolean;
  /** What differs; null when nothing does. */
  error: string | null;
}

await runScript(
  {
    call: 'npm run replay --',
    summary:
      'Replays recorded workflow histories on the workflow code of this checkout. Exit code 1 when one does not replay clean:\n' +
      'workflows that are under way would get stuck on this code.',
    positionals: { usage: 'HISTORY.json [MORE.json ...]', min: 1, max: 10_000 },
    flags: { json: JSON_FLAG },
    examples: [
      'temporal workflow show -w import-0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11 -o json > history.json && npm run replay -- history.json',
    ],
  },
  async (flags, files) => {
    const histories = await Promise.all(files.map(readHistory));
    // What the replay finds comes as its error; the SDK's core would print it too, on standard output, the result's place.
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => undefined),
      telemetryOptions: { logging: { filter: 'OFF' } },
    });
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: path.join(ROOT, 'workflows', 'index.ts'),
      logger: new DefaultLogger('ERROR', ({ message }) => say(message)),
    });
    const results: Result[] = [];
    for (const { file, workflowType, history } of histories) {
      const error = await replay(workflowBundle, history);
      results.push({ file, workflowType, events: history.events?.length ?? 0, clean: error === null, error });
    }
    if (flags.json === true) printJson(results);
    for (const { file, workflowType, events, error } of flags.json === true ? [] : results) {
      print(
        `${workflowType} (${file}, ${String(events)} events): ${error === null ? 'replays clean' : `does NOT replay\n  ${error}`}`,
      );
    }
    process.exitCode = results.every(({ clean }) => clean) ? 0 : 1;
  },
);

type History = ReturnType<typeof historyFromJSON>;

async function readHistory(
  argument: string,
): Promise<{ file: string; workflowType: string; history: History }> {
  const file = await checkFile(argument);
  let history: History;
  try {
    history = historyFromJSON(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw new Error(
      `${argument} is no history as \`temporal workflow show -o json\` prints it: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  const workflowType = history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name;
  if (workflowType == null) throw new Error(`${argument} does not begin with the start of a workflow`);
  return { file: argument, workflowType, history };
}

/** @returns what differs; null when nothing does */
async function replay(workflowBundle: { code: string }, history: History): Promise<string | null> {
  try {
    await Worker.runReplayHistory(
      { workflowBundle, dataConverter: dataConverterOf(loadEncryptionKeys()) },
      history,
    );
    return null;
  } catch (error) {
    const { message } = error as Error;
    // The SDK wraps the one sentence that says what differs into a dump of its own structures.
    return /message: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message;
  }
}
