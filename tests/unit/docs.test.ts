import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  CONFIGURATION_DOCS,
  DATA_MODEL_DOCS,
  ERROR_DOCS,
  readDoc,
} from '../../scripts/lib/generated-docs.ts';
import { describeSettings, loadApiConfig, loadWorkerConfig } from '../../platform/config.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

describe('documentation that is made from the code', () => {
  test.each(ERROR_DOCS)('$file is what `npm run docs:errors` writes', async (doc) => {
    const present = await readDoc(doc);
    expect(present).toBe(await doc.render(present));
  });

  test.each(CONFIGURATION_DOCS)('$file is what `npm run docs:configuration` writes', async (doc) => {
    const present = await readDoc(doc);
    expect(present).toBe(await doc.render(present));
  });

  test.each(DATA_MODEL_DOCS)('$file is what `npm run docs:data-model` writes', async (doc) => {
    const present = await readDoc(doc);
    expect(present).toBe(await doc.render(present));
  });

  test('every setting has a description', () => {
    expect(describeSettings().filter(({ description }) => description === '')).toEqual([]);
  });

  test('what the settings are said to be by default is what the processes take', () => {
    const said = Object.fromEntries(
      describeSettings().map(({ name, default: value }) => [name, value ?? undefined]),
    );
    const required = {
      DATABASE_URL: 'postgresql://127.0.0.1/longshore',
      AUTH_SECRET: '0123456789abcdefghijklmnopqrstuv',
    };
    expect(loadApiConfig({ ...said, ...required })).toEqual(loadApiConfig(required));
    expect(loadWorkerConfig({ ...said, ...required })).toEqual(loadWorkerConfig(required));
  });
});

describe('documentation that is written by hand', () => {
  test('the README names every command of package.json, and no other', async () => {
    const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const readme = await readFile(path.join(ROOT, 'README.md'), 'utf8');
    const named = readme.matchAll(/\bnpm (?:(?:run (?:-s )?)(\w[\w:-]*)|(start|test)\b)/g);
    const commands = new Set([...named].map(([, run, short]) => run ?? short ?? ''));
    expect([...commands].sort()).toEqual(Object.keys(scripts).sort());
  });

  test('there are architecture docs with the levels of a C4 model, and the list of decision records has all of them', async () => {
    const architecture = await readFile(path.join(ROOT, 'docs', 'architecture.md'), 'utf8');
    for (const level of ['Context', 'Processes', "The API's inside"]) {
      const [, section = ''] = architecture.split(`\n## ${level}\n`);
      expect(section.split('\n## ')[0], level).toContain('```mermaid\nflowchart');
    }
    const folder = path.join(ROOT, 'docs', 'adr');
    const records = (await readdir(folder)).filter((name) => /^\d{4}-/.test(name));
    const list = await readFile(path.join(folder, 'README.md'), 'utf8');
    expect(records.length).toBeGreaterThan(15);
    for (const name of records) {
      expect(list).toContain(`(${name})`);
      expect(await readFile(path.join(folder, name), 'utf8'), name).toMatch(/^# \d+/);
    }
  });

  test('every link between documents leads to a file', async () => {
    const folders = ['.', 'docs', 'docs/adr'];
    const broken: string[] = [];
    for (const folder of folders) {
      const names = (await readdir(path.join(ROOT, folder))).filter((name) => name.endsWith('.md'));
      for (const name of names) {
        const text = await readFile(path.join(ROOT, folder, name), 'utf8');
        for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)) {
          const there = await readFile(path.join(ROOT, folder, target)).then(
            () => true,
            (error: unknown) => (error as NodeJS.ErrnoException).code === 'EISDIR',
          );
          if (!there) broken.push(`${folder}/${name}: ${target}`);
        }
      }
    }
    expect(broken).toEqual([]);
  });
});
