import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import config from '../../vitest.config.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const read = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');

test.each(['contracts', 'smoke', 'devtools', 'e2e', 'integration', 'browser'])(
  'test:%s is a command, and all that it runs is part of npm test',
  async (group) => {
    const { scripts } = JSON.parse(await read('package.json')) as { scripts: Record<string, string> };
    expect(scripts[`test:${group}`]).toBe(`node scripts/run.mjs scripts/run-tests.ts ${group}`);

    const source = await read('scripts/run-tests.ts');
    const [, list = ''] = new RegExp(`\\b${group}: \\{[^}]*?places: \\[([^\\]]*)\\]`).exec(source) ?? [];
    const places = [...list.matchAll(/'([^']+)'/g)].map(([, place = '']) => place);
    expect(places.length).toBeGreaterThan(0);

    const verify = await read('scripts/verify.ts');
    const run = [...verify.matchAll(/'--project',\s*'(\w+)'/g)].map(([, name]) => name);
    const included = (config.test?.projects ?? []).flatMap((project) => {
      if (typeof project !== 'object' || !('test' in project)) return [];
      const { name, include = [] } = project.test;
      return typeof name === 'string' && run.includes(name) ? include : [];
    });
    for (const place of places) {
      const file = place.endsWith('.ts') ? place : `${place}/any.test.ts`;
      expect(
        included.some((pattern) => path.matchesGlob(file, pattern)),
        place,
      ).toBe(true);
    }
  },
);
