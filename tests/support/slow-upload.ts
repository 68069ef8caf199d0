import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as openRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import type { StackUnderTest } from './stack-under-test.ts';

/** An upload that comes as slowly as the test wants. */
export interface SlowUpload {
  /** Sends more of the file, once what came before has left. */
  write: (content: string | Buffer) => Promise<void>;
  /** Ends the file and waits for the answer. */
  finish: () => Promise<{ status: number | undefined; body: string }>;
  /** Cuts the line. */
  abort: () => void;
}

const BOUNDARY = 'slow-upload-of-a-test';

export function startSlowUpload(under: StackUnderTest, kind: string): SlowUpload {
  const request: ClientRequest = openRequest(`${under.stack.apiUrl}/api/imports`, {
    method: 'POST',
    headers: {
      authorization: under.authorization,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
    },
  });
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  // A line that is cut has no answer.
  answered.catch(() => undefined);
  request.on('error', () => undefined);
  request.write(
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="kind"\r\n\r\n${kind}\r\n` +
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="slow.csv"\r\n` +
      'Content-Type: text/csv\r\n\r\n',
  );
  return {
    async write(content) {
      if (!request.write(content)) await once(request, 'drain');
    },
    async finish() {
      request.end(`\r\n--${BOUNDARY}--\r\n`);
      const [response] = await answered;
      return { status: response.statusCode, body: await text(response) };
    },
    abort: () => void request.destroy(),
  };
}
