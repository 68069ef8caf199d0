import { UPLOAD_TIMEOUT_MS } from '../platform/upload-timeout.ts';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';

/** How long a client that was already answered may go on sending what nobody wants. */
const LINGER_MS = 2_000;

const waiting = new WeakSet<IncomingMessage>();

/**
 * An HTTP server for the app that asks for a body only when it is wanted: a client that sends `Expect: 100-continue` is
 * refused before it has sent its gigabyte.
 */
export function createHttpServer(app: RequestListener): Server {
  const server = createServer({ keepAlive: true, requestTimeout: UPLOAD_TIMEOUT_MS });
  const listen = (request: IncomingMessage, response: ServerResponse): void => {
    cutAfterAnswer(request, response);
    app(request, response);
  };
  server.on('request', listen);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    waiting.add(request);
    listen(request, response);
  });
  return server;
}

/** Lets the client send its body, where it waits to be asked. */
export function continueUpload(request: IncomingMessage, response: ServerResponse): void {
  if (waiting.delete(request)) response.writeContinue();
}

/**
 * An answer before the end of the request, such as 401 or 413, must be readable for a client that is still sending: closing
 * at once would reset the connection. So the rest is read and thrown away for a moment, and then the line is cut.
 */
function cutAfterAnswer(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    const timer = setTimeout(() => request.socket.destroy(), LINGER_MS);
    request.once('end', () => {
      clearTimeout(timer);
    });
    request.once('close', () => {
      clearTimeout(timer);
    });
  });
}
