import { setTimeout as delay } from 'node:timers/promises';
import type { Job } from '../contracts/http/job.ts';
import type { ImportKind, RecordKind } from '../contracts/words.ts';
import type { ChaosStack } from './chaos-stack.ts';

/** How long an answer may take; longer than anything that the API itself waits for. */
const ANSWER_MS = 60_000;
const AGAIN_MS = 200;

/** What came of a request; status 0 when nobody answered. */
export interface Answer {
  status: number;
  body: unknown;
}

/** What an import is asked for with. */
export interface Upload {
  kind: ImportKind;
  filename: string;
  content: Buffer<ArrayBuffer>;
  /** What the caller says of how it is written; null for nothing. */
  dialect: object | null;
  policies: object;
}

/** Talks to an API that may die at any time. */
export interface ChaosApi {
  /** Uploads a file under a key until it is accepted. */
  upload: (file: Upload, key: string) => Promise<string>;
  /** Asks for a bulk delete under a key until it is accepted. */
  bulkDelete: (kind: RecordKind, ids: readonly string[], key: string) => Promise<string>;
  /** Begins to upload a file and breaks off in the middle. */
  breakOff: (file: Upload) => Promise<void>;
  /** Sends a request once. */
  send: (path: string, body: object) => Promise<Answer>;
  /** Asks until there is an answer. */
  readJob: (jobId: string) => Promise<Job>;
  /** Does once more what an answer got lost of, until there is one of these statuses. */
  sendUntil: (path: string, body: object, ...statuses: number[]) => Promise<unknown>;
  /** Answers that no caller should ever get, however much is down. */
  faults: string[];
}

export function createChaosApi({ stack, authorization }: ChaosStack): ChaosApi {
  const faults: string[] = [];

  async function request(path: string, init: RequestInit): Promise<Answer> {
    try {
      const response = await fetch(`${stack.apiUrl}${path}`, {
        ...init,
        headers: { authorization, ...(init.headers as Record<string, string> | undefined) },
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const answer = { status: response.status, body: await response.json() };
      // What is down is said to be down; all else is a fault of the program. But one of the faults takes the table of the
      // records away, as nothing does to an installation in use, and a bulk delete reads it while it is accepted.
      if (answer.status >= 500 && answer.status !== 503 && !path.endsWith('/bulk-delete')) {
        faults.push(`${init.method ?? 'GET'} ${path} was answered with ${String(answer.status)}`);
      }
      return answer;
    } catch {
      return { status: 0, body: null };
    }
  }

  async function until(ask: () => Promise<Answer>, statuses: readonly number[]): Promise<unknown> {
    for (;;) {
      const { status, body } = await ask();
      if (statuses.includes(status)) return body;
      if (status !== 0 && status < 500) {
        throw new Error(`the API answered ${String(status)}: ${JSON.stringify(body)}`);
      }
      await delay(AGAIN_MS);
    }
  }

  const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
    request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const send: ChaosApi['send'] = (path, body) => post(path, body);

  return {
    faults,
    send,
    sendUntil: (path, body, ...statuses) => until(() => send(path, body), statuses),
    readJob: async (jobId) => (await until(() => request(`/api/jobs/${jobId}`, {}), [200])) as Job,
    async bulkDelete(kind, ids, key) {
      const ask = (): Promise<Answer> =>
        post(`/api/${kind}/bulk-delete`, { ids }, { 'idempotency-key': key });
      return ((await until(ask, [202])) as Job).id;
    },
    async upload(file, key) {
      const ask = (): Promise<Answer> =>
        request('/api/imports', {
          method: 'POST',
          headers: { 'idempotency-key': key },
          body: formOf(file),
        });
      return ((await until(ask, [202])) as Job).id;
    },
    async breakOff({ content, kind }) {
      const boundary = 'chaos';
      const head = [
        `--${boundary}\r\nContent-Disposition: form-data; name="kind"\r\n\r\n${kind}\r\n`,
        `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="broken-off.csv"\r\n\r\n`,
      ].join('');
      async function* half(): AsyncGenerator<Uint8Array, void, undefined> {
        yield Buffer.from(head);
        yield content.subarray(0, content.length / 2);
        await delay(10);
        throw new Error('broken off');
      }
      await request('/api/imports', {
        method: 'POST',
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
        body: ReadableStream.from(half()),
        duplex: 'half',
      });
    },
  };
}

/**
 * Asks for a job under a key: two who ask for it at once get the same one.
 *
 * @returns its id
 */
export async function askUnderOneKey(isTwice: boolean, ask: () => Promise<string>): Promise<string> {
  const [id, other = id] = await Promise.all(isTwice ? [ask(), ask()] : [ask()]);
  if (id !== other) throw new Error(`requests under one key became several jobs: ${id}, ${other}`);
  return id;
}

function formOf({ kind, filename, content, policies, dialect }: Upload): FormData {
  const form = new FormData();
  form.set('kind', kind);
  for (const [name, value] of Object.entries(policies)) form.set(name, String(value));
  if (dialect !== null) form.set('dialect', JSON.stringify(dialect));
  form.set('file', new Blob([content]), filename);
  return form;
}
