import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { EVENTS } from '../../contracts/events/index.ts';
import type { EventEnvelope } from '../../contracts/events/envelope.ts';
import type { EventType } from '../../contracts/events/types.ts';

/** A message as a receiver got it. */
export interface ReceivedMessage {
  path: string;
  /** `webhook-id`. */
  id: string;
  event: EventEnvelope;
  headers: IncomingHttpHeaders;
  body: string;
  /** What it was answered. */
  status: number | null;
}

/** How a request is answered. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string }
  | { kind: 'hang' }
  | { kind: 'slow body' }
  | { kind: 'huge body' };

export const OK: Fault = { kind: 'answer', status: 204 };

/** A real HTTP server that is sent webhooks, and does with them what a test wants. */
export interface WebhookReceiver {
  urlOf: (path: string) => string;
  /** Everything that came, in order. */
  messages: ReceivedMessage[];
  /** Those of a path that were answered with 2xx. */
  takenAt: (path: string) => ReceivedMessage[];
  stop: () => Promise<void>;
}

/** @param choose how a message is answered; `before` tells how often it came before to that path */
export async function startWebhookReceiver(
  choose: (message: ReceivedMessage, before: number) => Fault,
): Promise<WebhookReceiver> {
  const messages: ReceivedMessage[] = [];
  const seen = new Map<string, number>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const message: ReceivedMessage = {
        path: request.url ?? '',
        id: String(request.headers['webhook-id']),
        event: body === '' ? ({} as EventEnvelope) : (JSON.parse(body) as EventEnvelope),
        headers: request.headers,
        body,
        status: null,
      };
      const key = `${message.path} ${message.id}`;
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      messages.push(message);
      reply(response, choose(message, before), message);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path) => `http://127.0.0.1:${port}${path}`,
    messages,
    takenAt: (path) =>
      messages.filter((message) => message.path === path && Math.floor((message.status ?? 0) / 100) === 2),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(response: ServerResponse, fault: Fault, message: ReceivedMessage): void {
  switch (fault.kind) {
    case 'hang':
      return;
    case 'answer':
      message.status = fault.status;
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    case 'slow body':
      message.status = 200;
      response.writeHead(200);
      response.write('wait for it');
      return;
    case 'huge body': {
      message.status = 200;
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    }
  }
}

/** Holds a message against its signature, by the independent verifier, and its event against the contract. */
export function verifyMessage({ body, headers, id, event }: ReceivedMessage, secret: string): void {
  new Webhook(secret).verify(body, headers as Record<string, string>);
  EVENTS[event.type as EventType].schema.parse(event);
  if (event.id !== id) throw new Error(`the event ${event.id} was sent as ${id}`);
}
