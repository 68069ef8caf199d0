import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { takeLock } from '../../scripts/lib/lock.mjs';

test('a lock has one owner at a time, however many want it at the moment in which it is released, and leaves nothing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-lock-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let owners = 0;
  let most = 0;
  const takeTurns = async (): Promise<void> => {
    for (let turn = 0; turn < 150; turn += 1) {
      const lock = await takeLock(path.join(folder, 'lock'));
      owners += 1;
      most = Math.max(most, owners);
      await soon();
      owners -= 1;
      await lock.release();
    }
  };
  await Promise.all(Array.from({ length: 30 }, takeTurns));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});
