import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

export const ROOT = join(import.meta.dirname, '..', '..');

/** A service of docker-compose.yml, as far as the tests look at it. */
export interface ComposeService {
  image: string;
  profiles?: string[];
  build?: unknown;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  restart?: string;
  logging?: { options?: Record<string, string> };
  security_opt?: string[];
  read_only?: boolean;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  deploy?: { resources?: { limits?: { memory?: string } } };
}

/** docker-compose.yml, its anchors resolved, its variables as they stand. */
export async function readComposeFile(): Promise<{
  text: string;
  document: { name: string; services: Record<string, ComposeService>; volumes: Record<string, unknown> };
}> {
  const text = await readFile(join(ROOT, 'docker-compose.yml'), 'utf8');
  return {
    text,
    // The parser's bound of aliases is against files of strangers; each container takes up the shared settings.
    document: parse(text, { merge: true, maxAliasCount: 1_000 }) as Awaited<
      ReturnType<typeof readComposeFile>
    >['document'],
  };
}

/** Whether this is one of our own processes: they all run the image that is built here. */
export function isOurs({ image }: ComposeService): boolean {
  return image.startsWith('${LONGSHORE_IMAGE');
}

/** The script that a process of ours runs, from the checkout. */
export function scriptOf({ command = [] }: ComposeService): string {
  return command.at(-1) ?? '';
}

/** Puts in the variables as compose does. */
export function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (whole, name: string | undefined, operator?: string, argument?: string) => {
      if (whole === '$$') return '$';
      const value = variables[name ?? ''] ?? '';
      if (value !== '') return value;
      if (operator === '?') throw new Error(`${String(name)} is required`);
      return argument ?? '';
    },
  );
}
