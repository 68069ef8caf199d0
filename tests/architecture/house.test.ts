import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
