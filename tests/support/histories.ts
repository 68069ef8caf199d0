import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Histories that were recorded once and must replay on every later version of the workflows. */
export const HISTORIES_FOLDER = join(import.meta.dirname, '..', 'histories');

/**
 * Adds a history to the corpus, when the tests run with RECORD_HISTORIES=true.
 * Never overwrite one that has been released: add another beside it.
 */
export async function recordHistory(name: string, handle: WorkflowHandle): Promise<void> {
  if (process.env.RECORD_HISTORIES !== 'true') return;
  await mkdir(HISTORIES_FOLDER, { recursive: true });
  const history = await handle.fetchHistory();
  // Stack traces name the folder of whoever recorded.
  const json = historyToJSON(history).replaceAll(`${join(HISTORIES_FOLDER, '..', '..')}/`, '');
  await writeFile(join(HISTORIES_FOLDER, `${name}.json`), `${json}\n`);
}
