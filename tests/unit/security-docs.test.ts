import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** `folder/name.test.ts`: the beginning of a test's name. */
const NAMED = /`([\w/-]+\.test\.tsx?)`(?:: ([^|\n;]+?))?(?= *[|\n;])/g;

test.each(['docs/security.md', 'docs/replaces.md'])('%s names tests that there are', async (file) => {
  const text = await readFile(path.join(ROOT, file), 'utf8');
  const named = [...text.matchAll(NAMED)];
  expect(named.length).toBeGreaterThan(30);
  for (const [, test = '', title] of named) {
    const source = path.join(ROOT, 'tests', test);
    expect(existsSync(source), test).toBe(true);
    const content = (await readFile(source, 'utf8')).replaceAll("\\'", "'");
    if (title !== undefined) expect(content, `${test}: ${title}`).toContain(title);
  }
});

test.each(['docs/security.md', 'docs/replaces.md'])(
  'every line of the tables of %s has a test beside it',
  async (file) => {
    const text = await readFile(path.join(ROOT, file), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    const lines = rows.filter((line) => /^\| *(?!rule\b|promise\b|who\b|-)/.test(line));
    const untested = lines.filter((line) => !line.includes('.test.ts') && !line.includes('npm run'));
    // The threat model's table has none: what stops whom is what the rules below it are about.
    expect(untested.filter((line) => line.split('|').length !== 5)).toEqual([]);
  },
);
