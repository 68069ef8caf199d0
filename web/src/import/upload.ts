import type { Job } from '../client/api.ts';
import { ApiProblem } from '../client/problem.ts';
import { writeToken } from '../client/write-token.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 30_000;

/** Where an upload stands. `waiting`: the line broke, and it is sent again. */
export type UploadState =
  | { step: 'sending'; sentBytes: number; totalBytes: number }
  | { step: 'waiting'; retryAt: number; attempt: number };

interface UploadRequest {
  file: File;
  fields: Record<string, string>;
  onState: (state: UploadState) => void;
  signal: AbortSignal;
}

/**
 * Sends a file to be imported until the API has it. The line may break: the same request is sent again under the same key,
 * which the API takes for the same import, so the file never goes in twice.
 *
 * @throws {ApiProblem} what the API refuses; `AbortError` when it was given up
 */
export async function uploadImport({ file, fields, onState, signal }: UploadRequest): Promise<Job> {
  const key = newKey();
  for (let attempt = 1; ; attempt += 1) {
    try {
      const token = await writeToken();
      return await send(file, fields, { key, token, onState, signal });
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
      onState({ step: 'waiting', retryAt: Date.now() + delayMs, attempt });
      await online(delayMs, signal);
    }
  }
}

/** Whether the same request may go through later. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiProblem)
    return error.status === 503 || error.status === 429 || error.status === 502;
  return error instanceof TypeError;
}

interface SendOptions {
  key: string;
  token: string;
  onState: (state: UploadState) => void;
  signal: AbortSignal;
}

/** With XMLHttpRequest, since `fetch` does not tell how much was sent. */
function send(
  file: File,
  fields: Record<string, string>,
  { key, token, onState, signal }: SendOptions,
): Promise<Job> {
  return new Promise((resolve, reject) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    body.append('file', file, file.name);
    const request = new XMLHttpRequest();
    const abort = () => {
      request.abort();
    };
    request.open('POST', '/api/imports');
    request.setRequestHeader('Authorization', `Bearer ${token}`);
    request.setRequestHeader('Idempotency-Key', key);
    request.responseType = 'json';
    request.upload.onprogress = ({ loaded, total }) => {
      onState({ step: 'sending', sentBytes: loaded, totalBytes: total });
    };
    request.onload = () => {
      const answer = request.response as unknown;
      if (request.status === 202) resolve(answer as Job);
      else reject(new ApiProblem(request.status, (answer ?? {}) as Record<string, unknown>));
    };
    request.onerror = () => {
      reject(new TypeError('the line broke'));
    };
    request.onabort = () => {
      reject(new DOMException('given up', 'AbortError'));
    };
    request.onloadend = () => {
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    onState({ step: 'sending', sentBytes: 0, totalBytes: file.size });
    request.send(body);
  });
}

/** Waits, at most until the browser says that the line is there again. */
function online(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      if (signal.aborted) reject(new DOMException('given up', 'AbortError'));
      else resolve();
    };
    const timer = setTimeout(end, delayMs);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}

/** `crypto.randomUUID` is there on https and on this machine only. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `web-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
