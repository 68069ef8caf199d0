import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import {
  JOB_TYPE_ATTRIBUTE,
  KIND_ATTRIBUTE,
  ROWS_DONE_ATTRIBUTE,
  ROWS_REJECTED_ATTRIBUTE,
  ROWS_TOTAL_ATTRIBUTE,
  STAGE_ATTRIBUTE,
  STATUS_ATTRIBUTE,
} from '../../contracts/temporal/search-attributes.ts';
import { workflowBundle } from '../support/temporal.ts';

const ROOT = join(import.meta.dirname, '..', '..');

test('the workflow bundle holds workflows, contracts and the schema-free part of domain, and nothing else of ours', async () => {
  const { code } = await workflowBundle();
  const encoded = /sourceMappingURL=data:application\/json[^,]*,([\w+/=]+)/.exec(code)?.[1] ?? '';
  const { sources } = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { sources: string[] };
  const ours = sources
    .map((source) =>
      source
        .replace(/^webpack:\/\/[^/]*\//, '')
        .replace(
          /^(?:.*?\/)?(?=(?:contracts|domain|workflows|activities|prisma|platform|adapters|api|workers)\/[\w/-]+\.ts$)/,
          '',
        ),
    )
    .filter((source) => source.endsWith('.ts') && !source.includes('node_modules'));
  expect(ours.length).toBeGreaterThan(5);
  expect(
    ours.filter((source) => !/^(workflows|contracts\/(temporal|words|errors|assert-never))/.test(source)),
  ).toEqual([]);
  expect(
    sources.filter(
      (source) =>
        /node_modules\/(?!@temporalio|long|protobufjs|@protobufjs|ms|proto3-json-serializer|nexus-rpc|assert|util|[\w-]*polyfill)/.test(
          source,
        ) && /zod|prisma|\/pg\/|express/.test(source),
    ),
  ).toEqual([]);
});

test('the search attributes of the code are the ones that the server is told to have', async () => {
  const registered = JSON.parse(
    await readFile(join(ROOT, 'temporal-config', 'search-attributes.json'), 'utf8'),
  ) as Record<string, string>;
  const used = [
    JOB_TYPE_ATTRIBUTE,
    KIND_ATTRIBUTE,
    ROWS_DONE_ATTRIBUTE,
    ROWS_REJECTED_ATTRIBUTE,
    ROWS_TOTAL_ATTRIBUTE,
    STAGE_ATTRIBUTE,
    STATUS_ATTRIBUTE,
  ].map(({ name, type }) => [name, type.toLowerCase()]);
  expect(Object.fromEntries(used)).toEqual(
    Object.fromEntries(Object.entries(registered).map(([name, type]) => [name, type.toLowerCase()])),
  );
});

test('every migration can be taken back', async () => {
  const folder = join(ROOT, 'prisma', 'migrations');
  const migrations = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(migrations.length).toBeGreaterThan(0);
  for (const { name } of migrations) {
    expect(await readdir(join(folder, name))).toEqual(expect.arrayContaining(['down.sql', 'migration.sql']));
  }
});

test('the web app knows the API by the types of its document alone, and brings no package into the image', async () => {
  const sources = join(ROOT, 'web', 'src');
  const files = (await readdir(sources, { recursive: true })).filter((name) => /\.tsx?$/.test(name));
  expect(files.length).toBeGreaterThan(30);
  const { dependencies, devDependencies } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'devDependencies', Record<string, string>>;
  for (const name of files) {
    const file = join(sources, name);
    const text = await readFile(file, 'utf8');
    const imports = text.matchAll(/^(import|export)( type)?\b[^;]*?from '([^']+)'|import\('([^']+)'\)/gm);
    for (const [statement, , type, from, lazily] of imports) {
      const specifier = from ?? lazily ?? '';
      if (specifier.startsWith('.')) {
        const target = relative(join(ROOT, 'web'), join(dirname(file), specifier));
        const isTypes = target === join('generated', 'api.ts') && type !== undefined;
        expect(isTypes || target.startsWith('src'), `${name}: ${statement}`).toBe(true);
      } else {
        const packageName = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
        expect(devDependencies, name).toHaveProperty([packageName]);
        expect(dependencies, name).not.toHaveProperty([packageName]);
      }
    }
  }
});
