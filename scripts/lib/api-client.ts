import { openAsBlob } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../../contracts/http/job.ts';
import type { Problem } from '../../contracts/http/problem.ts';
import { isEnded, type ImportKind, type Role } from '../../contracts/words.ts';
import { runningStack } from './local-stack.ts';
import { signToken } from './sign-token.ts';

/** How often a job is looked at while it runs. */
const POLL_MS = 200;
/** How often a request is sent again when the API says that it can't take it now. */
const MAX_ATTEMPTS = 5;

/** The API answered with an error. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(request: string, status: number, problem: Partial<Problem>) {
    const fields = (problem.errors ?? []).map(({ pointer, detail }) => `\n  ${pointer}: ${detail}`).join('');
    super(`${request}: ${String(status)} ${problem.detail ?? problem.title ?? ''}${fields}`.trimEnd());
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

/** Talks to the HTTP API as any other client does. */
export interface ApiClient {
  readonly url: string;
  /** @throws {ApiError} */
  get<T>(pathAndQuery: string): Promise<T>;
  /** Sends a body in JSON. @throws {ApiError} */
  post<T>(pathAndQuery: string, body: object): Promise<T>;
  /** Gives the items of a list, page after page. @throws {ApiError} */
  list<T>(pathAndQuery: string): AsyncGenerator<T>;
  /**
   * Uploads a file, straight from the disk.
   *
   * @param options further fields of the form
   * @returns the accepted job
   * @throws {ApiError}
   */
  upload(file: string, kind: ImportKind, options?: Record<string, string>): Promise<Job>;
  /**
   * Waits until a job has ended, or stands still until an operator does something.
   *
   * @throws {ApiError}
   */
  waitFor(jobId: string, onProgress: (job: Job) => void, signal?: AbortSignal): Promise<Job>;
}

export interface ApiOptions {
  /** `--url`. */
  url?: string | undefined;
  dataDir: string;
  /** Of the token that is signed when LONGSHORE_TOKEN is not set. */
  role: Role;
}

/**
 * Finds the API: the given address, LONGSHORE_URL, or the local stack on the data folder.
 *
 * @throws {Error} that says what to do, when there is none or there is no token for it
 */
export async function findApi(options: ApiOptions): Promise<ApiClient> {
  const given = options.url ?? process.env.LONGSHORE_URL;
  const url = given === undefined || given === '' ? await localUrl(options.dataDir) : checkedUrl(given);
  const token = process.env.LONGSHORE_TOKEN;
  if (token !== undefined && token !== '') return createApiClient(url, token);
  // A token of the local secret would be of no use elsewhere, and is nobody else's business.
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname)) {
    throw new Error(`a token for ${url} is needed: set LONGSHORE_TOKEN`);
  }
  return createApiClient(url, await signToken(options.dataDir, options.role));
}

export function createApiClient(url: string, token: string): ApiClient {
  async function request(
    method: string,
    pathAndQuery: string,
    makeBody?: () => Promise<FormData | string>,
  ): Promise<unknown> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await send(method, pathAndQuery, await makeBody?.());
      const text = await response.text();
      const answer = parseJson(text);
      if (response.ok) return answer;
      const later = Number(response.headers.get('retry-after'));
      if ([429, 503].includes(response.status) && later > 0 && later <= 60 && attempt < MAX_ATTEMPTS) {
        await delay(later * 1_000);
        continue;
      }
      throw new ApiError(`${method} ${pathAndQuery}`, response.status, answer ?? { detail: text });
    }
  }
  async function send(
    method: string,
    pathAndQuery: string,
    body: FormData | string | undefined,
  ): Promise<Response> {
    try {
      return await fetch(new URL(pathAndQuery, url), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          // The audit log tells what came by a script.
          'user-agent': 'longshore-scripts',
          ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
        },
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      const { cause } = error as Error;
      const reason =
        cause instanceof Error && cause.message !== '' ? cause.message : (error as Error).message;
      throw new Error(`the API at ${url} can't be reached: ${reason}`, { cause: error });
    }
  }
  return {
    url,
    async get<T>(pathAndQuery: string) {
      return (await request('GET', pathAndQuery)) as T;
    },
    async post<T>(pathAndQuery: string, body: object) {
      return (await request('POST', pathAndQuery, () => Promise.resolve(JSON.stringify(body)))) as T;
    },
    async *list<T>(pathAndQuery: string) {
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { items: T[]; nextCursor: string | null } = await this.get(
          withCursor(pathAndQuery, cursor),
        );
        yield* page.items;
        cursor = page.nextCursor;
      }
    },
    async upload(file, kind, options = {}) {
      return (await request('POST', '/api/imports', async () => {
        const form = new FormData();
        // Fields first: the API knows the kind before the file comes.
        form.set('kind', kind);
        for (const [name, value] of Object.entries(options)) form.set(name, value);
        form.set('file', await openAsBlob(file, { type: 'text/csv' }), path.basename(file));
        return form;
      })) as Job;
    },
    async waitFor(jobId, onProgress, signal) {
      for (;;) {
        const job = await this.get<Job>(`/api/jobs/${jobId}`);
        onProgress(job);
        if (isEnded(job.status) || job.status === 'needs_attention' || job.status === 'paused') return job;
        await delay(POLL_MS, undefined, { signal });
      }
    },
  };
}

async function localUrl(dataDir: string): Promise<string> {
  const note = await runningStack(dataDir);
  if (note?.urls != null) return note.urls.api;
  throw new Error(
    note === undefined
      ? `no stack runs on ${dataDir}: start one with \`npm start\`, or say where the API is with --url`
      : `the stack on ${dataDir} is still starting; try again in a moment`,
  );
}

function checkedUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error(`"${text}" is not an http(s) URL`);
  return text;
}

function withCursor(pathAndQuery: string, cursor: string): string {
  if (cursor === '') return pathAndQuery;
  return `${pathAndQuery}${pathAndQuery.includes('?') ? '&' : '?'}cursor=${encodeURIComponent(cursor)}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
