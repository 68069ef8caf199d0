import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { HISTORIES_FOLDER } from '../support/histories.ts';
import { workflowBundle } from '../support/temporal.ts';

const files = (await readdir(HISTORIES_FOLDER)).filter((name) => name.endsWith('.json'));

async function readHistory(file: string) {
  return historyFromJSON(JSON.parse(await readFile(join(HISTORIES_FOLDER, file), 'utf8')));
}

/** All texts of a history, those of its payloads as the code wrote them. The versions of the SDK have signs of their own. */
function* textsIn(value: unknown, name = ''): Generator<string> {
  if (typeof value === 'string') {
    if (name === 'data') yield Buffer.from(value, 'base64').toString('utf8');
    else if (!value.startsWith('@temporalio/')) yield value;
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* textsIn(inner, key);
  }
}

describe('recorded histories', () => {
  test.each(files)('%s replays on the workflows of today', async (file) => {
    const history = await readHistory(file);
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, file);
  });

  test.each(files)('%s, recorded without traces, replays where traces are made', async (file) => {
    const history = await readHistory(file);
    const sinks = { exporter: { export: { fn: () => undefined, callDuringReplay: false } } };
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle(true), sinks }, history, file);
  });

  test.each(files)('%s tells of nobody: ids, counts and codes, no address of a person', async (file) => {
    const json = JSON.parse(await readFile(join(HISTORIES_FOLDER, file), 'utf8')) as unknown;
    const texts = [...textsIn(json)];
    expect(texts.some((text) => text.startsWith('{'))).toBe(true);
    expect(texts.filter((text) => /[\w.+-]+@[\w-]+\.[a-z]{2,}/i.test(text))).toEqual([]);
  });

  test('cover every workflow type', async () => {
    const recorded = new Set<string>();
    for (const file of files) {
      const history = await readHistory(file);
      recorded.add(history.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name ?? '');
    }
    expect([...recorded].sort()).toEqual(Object.keys(workflows).sort());
  });
});
