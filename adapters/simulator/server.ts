import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { type CarrierSimulator, createCarrierSimulator } from './carrier-simulator.ts';
import { paymentRequestSchema, paymentUndoSchema, recallSchema, shipmentRequestSchema } from './messages.ts';
import { createPaymentSimulator, type PaymentSimulator } from './payment-simulator.ts';
import type { Simulated } from './test-values.ts';

const MAX_BODY_BYTES = 1_000_000;
/** A ledger that forgets would prove nothing; so many entries take half a gigabyte. */
const MAX_ENTRIES = 1_000_000;

/** The simulators behind HTTP: what one process was told, another one finds, and the ledger says what was really done. */
export interface SimulatorServer {
  url: string;
  payments: PaymentSimulator;
  carrier: CarrierSimulator;
  /** While false every request is cut off unread, as if the machine were gone. */
  setReachable: (isReachable: boolean) => void;
  close: () => Promise<void>;
}

/**
 * Serves POST /payments, /payments/undo, /shipments, /shipments/recall, and GET /ledger?orderId=. It asks nobody who he is: keep it
 * on the loopback address or an inner network.
 *
 * @param port 0 for any free one
 */
export async function startSimulatorServer(host = '127.0.0.1', port = 0): Promise<SimulatorServer> {
  const payments = createPaymentSimulator(MAX_ENTRIES);
  const carrier = createCarrierSimulator(MAX_ENTRIES);
  let reachable = true;

  const routes: Record<string, (body: unknown) => Simulated<object>> = {
    'POST /payments': (body) => payments.authorise(paymentRequestSchema.parse(body)),
    'POST /payments/undo': (body) => payments.undo(paymentUndoSchema.parse(body)),
    'POST /shipments': (body) => carrier.ship(shipmentRequestSchema.parse(body)),
    'POST /shipments/recall': (body) => carrier.recall(recallSchema.parse(body)),
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
    const name = `${request.method ?? ''} ${pathname}`;
    if (name === 'GET /health') {
      sendJson(response, 200, { ok: true });
      return;
    }
    if (name === 'GET /ledger') {
      const orderId = searchParams.get('orderId');
      const isMeant = (entry: { orderId: string }): boolean => orderId === null || entry.orderId === orderId;
      sendJson(response, 200, {
        payments: payments.ledger().filter(isMeant),
        shipments: carrier.ledger().filter(isMeant),
      });
      return;
    }
    const act = routes[name];
    if (act === undefined) {
      sendJson(response, 404, { error: 'not found' });
      return;
    }
    reply(request, response, act(await readBody(request)));
  };

  const server = createServer((request, response) => {
    if (!reachable) {
      request.socket.destroy();
      return;
    }
    handle(request, response).catch((error: unknown) => {
      const isTheirs = error instanceof z.ZodError || error instanceof SyntaxError;
      sendJson(response, isTheirs ? 400 : 500, {
        error: error instanceof Error ? error.message : String(error),
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: listening } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(listening)}`,
    payments,
    carrier,
    setReachable(isReachable) {
      reachable = isReachable;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reply(request: IncomingMessage, response: ServerResponse, made: Simulated<object>): void {
  if (!('fault' in made)) {
    const timer = setTimeout(() => {
      sendJson(response, 200, made.answer);
    }, made.delayMs);
    response.once('close', () => {
      clearTimeout(timer);
    });
    return;
  }
  switch (made.fault) {
    case 'unavailable':
      sendJson(response, 503, { error: 'unavailable' });
      return;
    case 'invalid':
      sendJson(response, 422, { error: 'the key was used for another request' });
      return;
    case 'lost':
      request.socket.destroy();
      return;
    case 'silent':
    // Whoever asked gives up.
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new SyntaxError('the body is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
}
