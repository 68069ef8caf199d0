import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EVENTS } from '../../contracts/events/index.ts';
import { EVENT_GROUPS, EVENT_TYPES } from '../../contracts/events/types.ts';

/** The published schemas, as JSON Schema. `RECORD_CONTRACTS=true` adds new versions; it changes none that is there. */
const FILE = join(import.meta.dirname, '..', 'fixtures', 'event-contracts.json');

const published = JSON.parse(await readFile(FILE, 'utf8').catch(() => '{}')) as Record<string, unknown>;
const today = Object.fromEntries(
  Object.entries(EVENTS).map(([type, { version, schema }]) => [
    `${type} v${version}`,
    z.toJSONSchema(schema),
  ]),
);
if (process.env.RECORD_CONTRACTS === 'true') {
  await writeFile(FILE, `${JSON.stringify({ ...today, ...published }, null, 2)}\n`);
}

describe('the contract of an event', () => {
  test.each(Object.keys(today))('%s is what was published: a change is a new version', (name) => {
    expect(published[name]).toEqual(JSON.parse(JSON.stringify(today[name])));
  });

  test('names a type of one of the groups that can be subscribed to', () => {
    for (const type of EVENT_TYPES) expect(EVENT_GROUPS).toContain(type.split('.')[0]);
    expect(Object.keys(EVENTS).sort()).toEqual([...EVENT_TYPES].sort());
  });

  test('refuses what it does not know', () => {
    const { schema } = EVENTS['webhook.test'];
    const event = {
      id: 'x',
      type: 'webhook.test',
      version: 1,
      timestamp: '2026-11-21T07:00:00.000Z',
      correlationId: 'x',
      data: { endpointId: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b13', message: 'x' },
    };
    expect(schema.safeParse(event).success).toBe(true);
    expect(schema.safeParse({ ...event, version: 2 }).success).toBe(false);
    expect(schema.safeParse({ ...event, more: 1 }).success).toBe(false);
    expect(schema.safeParse({ ...event, timestamp: 'yesterday' }).success).toBe(false);
  });
});
