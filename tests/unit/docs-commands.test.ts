import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** Folders whose Markdown is for people. */
const FOLDERS = ['.', 'docs', 'docs/adr', 'docs/deploy', 'web', 'temporal-config'];

const documents = await readDocuments();
const { scripts } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

async function readDocuments(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const folder of FOLDERS) {
    const names = (await readdir(path.join(ROOT, folder))).filter((name) => name.endsWith('.md'));
    for (const name of names) {
      const file = path.join(folder, name);
      found.set(file, await readFile(path.join(ROOT, file), 'utf8'));
    }
  }
  return found;
}

/** What stands in code: blocks for a shell, lines that end with a backslash joined, and words in a sentence. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^ *```(?:sh|bash)\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block.replaceAll(/\\\n\s*/g, '').split('\n'),
  );
  const inline = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g);
  return [...blocks, ...[...inline].map(([, code = '']) => code)];
}

interface Call {
  file: string;
  script: string;
  flags: string[];
}

const CALL = /\bnpm (?:run (?:-s )?([a-z][\w:-]*)|(start|test)\b)(?: -s)?(?: -- ([^|&;)#]*))?/g;

const calls = [...documents].flatMap(([file, text]) =>
  codeOf(text).flatMap((code) =>
    [...code.matchAll(CALL)].map(([, run, short, args = '']): Call => ({
      file,
      script: run ?? short ?? '',
      flags: [...args.matchAll(/(?:^|\s)--([a-z][a-z-]*)/g)].map(([, flag = '']) => flag),
    })),
  ),
);

/** The flags that the script behind a command declares. */
async function flagsOf(script: string): Promise<Set<string>> {
  const [, entry] = /([\w/-]+\.ts)\b/.exec(scripts[script] ?? '') ?? [];
  if (entry === undefined) return new Set();
  const source = await readFile(path.join(ROOT, entry), 'utf8');
  const [, declared = ''] = /\bflags: \{\n([\s\S]*?)\n {4}\},/.exec(source) ?? [];
  const names = [...declared.matchAll(/^ {6}(?:'([\w-]+)'|(\w+)):/gm)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );
  return new Set([...names, 'help']);
}

describe('what the documents tell people to type', () => {
  test('is found: commands in blocks and in sentences', () => {
    expect(calls.length).toBeGreaterThan(80);
    expect(calls).toContainEqual({ file: 'docs/runbook.md', script: 'chaos', flags: ['minutes'] });
    expect(calls).toContainEqual({ file: 'README.md', script: 'start', flags: ['once', 'kind', 'json'] });
    expect(codeOf('```sh\na \\\n  --b\n```')).toContain('a --b');
  });

  test.each([...new Map(calls.map((call) => [`${call.script} ${call.flags.join()}`, call])).values()])(
    '$file: `npm run $script` is there, and knows $flags',
    async ({ script, flags }) => {
      expect(Object.keys(scripts)).toContain(script);
      const known = await flagsOf(script);
      for (const flag of flags) expect([...known], `--${flag}`).toContain(flag);
    },
  );

  test.each([...documents])('%s names files that are there', (_, text) => {
    const named = codeOf(text).flatMap((code) =>
      [
        ...code.matchAll(
          /(?<![\w./-])(?:(?:activities|adapters|api|bench|chaos|contracts|domain|observability|platform|prisma|samples|scripts|temporal-config|tests|web|workers|workflows)\/[\w./-]+\.(?:ts|tsx|sh|mjs|json|csv|yml|prisma))(?![\w/])/g,
        ),
      ].map(([file]) => file),
    );
    // A name in capitals stands for any.
    const real = named.filter((file) => !/\/[A-Z]+\./.test(file));
    // docs/replaces.md names tests from their folder on.
    const isThere = (file: string): boolean =>
      ['.', 'tests'].some((folder) => existsSync(path.join(ROOT, folder, file)));
    expect(real.filter((file) => !isThere(file))).toEqual([]);
  });

  test('patches of workflows are listed with the day on which they may go, and no others', async () => {
    const folder = path.join(ROOT, 'workflows');
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const sources = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
    const inCode = sources.flatMap((source) =>
      [...source.matchAll(/\bpatched\(\s*'([^']+)'/g)].map(([, patch]) => patch),
    );
    const listed = [...(documents.get('docs/upgrading.md') ?? '').matchAll(/^\| `(\d{4}-[^`]+)`/gm)];
    expect(listed.map(([, patch]) => patch).toSorted()).toEqual([...new Set(inCode)].toSorted());
  });
});
