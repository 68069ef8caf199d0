import { createParser } from 'eventsource-parser';
import { runImport } from '../support/import-bench.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

/** An event as a client of a stream gets it. */
export interface LegacyEvent {
  name: string | undefined;
  id: string | undefined;
  data: Record<string, unknown>;
  at: number;
}

/** Reads a stream until the server ends it. @param onEvent told of each event as it comes */
export async function readEvents(
  response: Response,
  onEvent: (event: LegacyEvent) => void = () => undefined,
): Promise<LegacyEvent[]> {
  const events: LegacyEvent[] = [];
  const parser = createParser({
    onEvent: ({ event: name, id, data }) => {
      const event = { name, id, data: JSON.parse(data) as Record<string, unknown>, at: performance.now() };
      events.push(event);
      onEvent(event);
    },
  });
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
  return events;
}

/** An API that admits clients of an older system without a token. */
export interface LegacyUnderTest {
  api: ApiUnderTest;
  workflows: ReturnType<typeof createFakeWorkflows>;
  /** A request as such a client sends it: nothing is added but the base path. */
  send: (path: string, init?: RequestInit) => Promise<Response>;
  /** The JSON of an answer that has this status. */
  json: (path: string, init?: RequestInit, status?: number) => Promise<unknown>;
  /** A form with a file in the field `file`, and nothing else. */
  upload: (path: string, content: string, filename?: string) => Promise<Response>;
  /** Runs an accepted import as the workers do. */
  run: (jobId: string) => ReturnType<typeof runImport>;
}

/** @param base path of the system's routes */
export async function startLegacy(base: string): Promise<LegacyUnderTest> {
  const workflows = createFakeWorkflows();
  const api = await startApi({ workflows, config: { LEGACY_OPEN: true } });
  const send = (path: string, init?: RequestInit): Promise<Response> => fetch(api.url + base + path, init);
  return {
    api,
    workflows,
    send,
    async json(path, init, status = 200) {
      const response = await send(path, init);
      const body: unknown = await response.json();
      if (response.status !== status) {
        throw new Error(`${path}: ${String(response.status)} ${JSON.stringify(body)}`);
      }
      return body;
    },
    upload(path, content, filename = 'upload.csv') {
      const form = new FormData();
      form.append('file', new Blob([content], { type: 'text/csv' }), filename);
      return send(path, { method: 'POST', body: form });
    },
    run: (jobId) => runImport({ db: api.database, storage: api.storage }, jobId),
  };
}
