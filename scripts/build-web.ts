import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import openapiTs, { astToString } from 'openapi-typescript';
import { build } from 'vite';
import type { AppDeps } from '../api/deps.ts';
import { createApp } from '../api/app.ts';
import { createOpenApiDocument } from '../api/openapi.ts';
import { loadApiConfig } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { runScript, say } from './lib/cli.ts';
import { ROOT } from './lib/local-stack.ts';

const WEB = path.join(ROOT, 'web');

await runScript(
  {
    call: 'npm run build:web --',
    summary:
      'Builds the web app into web/dist, from where the API serves it: first the types of the API, made from its document, into\n' +
      'web/generated. `npm start` and `npm test` do it by themselves when a source has changed.',
    flags: { types: { type: 'boolean', help: 'only the types' } },
    examples: ['npm run build:web'],
  },
  async (flags) => {
    await writeTypes();
    if (flags.types !== true) await bundle();
  },
);

/** The types of all requests and answers, from the document that the API itself serves. */
async function writeTypes(): Promise<void> {
  const document = createOpenApiDocument(declarations());
  const text = astToString(await openapiTs(JSON.stringify(document), { alphabetize: true }));
  const folder = path.join(WEB, 'generated');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'api.ts'), text);
}

/** What the app declares depends on none of its parts, which are there and only used by its handlers. */
function declarations() {
  const secret = randomBytes(32).toString('base64');
  const config = loadApiConfig({ DATABASE_URL: 'postgresql://127.0.0.1/none', AUTH_SECRET: secret });
  const parts = {
    database: { pool: {} },
    storage: {},
    workflows: {},
    tokens: {},
    metrics: {},
    watch: {},
    streams: {},
  };
  const log = createLog('build-web', 'error');
  return createApp({ ...parts, config, log, webDir: null } as unknown as AppDeps).declarations;
}

/** A page that is open somewhere may still ask for the files of the build before: the new one takes its place as a whole. */
async function bundle(): Promise<void> {
  const place = path.join(WEB, 'dist');
  // In a folder that no tool looks into.
  const fresh = path.join(WEB, 'generated', `dist-${String(process.pid)}`);
  await build({
    configFile: false,
    root: WEB,
    plugins: [react()],
    logLevel: 'warn',
    cacheDir: path.join(ROOT, 'node_modules', '.vite'),
    build: {
      outDir: fresh,
      emptyOutDir: true,
      sourcemap: false,
      target: 'es2022',
      chunkSizeWarningLimit: 700,
    },
  });
  await compress(path.join(fresh, 'assets'));
  const old = `${place}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(place)) await rename(place, old);
  await rename(fresh, place);
  await rm(old, { recursive: true, force: true });
  say('web app built');
}

/** Beside each file its compressed forms, so that the API need not make them again for every browser. */
async function compress(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.(?:js|css)$/.test(name)) continue;
    const content = await readFile(path.join(folder, name));
    await writeFile(path.join(folder, `${name}.br`), brotliCompressSync(content));
    await writeFile(path.join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}
