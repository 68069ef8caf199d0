import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the server got it. */
export interface StripeRequest {
  method: string;
  path: string;
  idempotencyKey: string | undefined;
  apiVersion: string | undefined;
  authorization: string | undefined;
  body: URLSearchParams;
}

export interface StripeIntent {
  id: string;
  amount: number;
  currency: string;
  status: string;
  metadata: Record<string, string>;
  refund: string | null;
}

/** What goes wrong with a request: `lost`: it is done, and the connection breaks off; `hang`: not done, no answer. */
export type StripeFault = { status: number; error: Record<string, string> } | 'lost' | 'hang' | null;

/**
 * A server that keeps payments and answers like Stripe where an adapter can tell the difference: idempotency keys with their
 * parameters, stored answers, declines by the payment method's name, search by metadata, refunds and cancelling.
 */
export interface StripeLikeServer {
  url: string;
  requests: StripeRequest[];
  intents: StripeIntent[];
  /** Decides how a request fails; null for not at all. */
  setFault: (choose: (request: StripeRequest) => StripeFault) => void;
  /** As after 24 hours. */
  forgetKeys: () => void;
  /** While false, what was made is not found by search yet. */
  setIndexed: (isIndexed: boolean) => void;
  close: () => Promise<void>;
}

interface Stored {
  parameters: string;
  status: number;
  body: object;
}

export async function startStripeLikeServer(): Promise<StripeLikeServer> {
  const requests: StripeRequest[] = [];
  const intents: StripeIntent[] = [];
  const stored = new Map<string, Stored>();
  let choose: (request: StripeRequest) => StripeFault = () => null;
  let indexed = true;

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await readRequest(incoming);
    requests.push(request);
    const fault = choose(request);
    if (fault === 'hang') return;
    if (fault !== null && fault !== 'lost') {
      const answer = { status: fault.status, body: { error: fault.error } };
      // Answers of 500 and above are kept for a key like any other.
      if (fault.status >= 500 && request.idempotencyKey !== undefined) {
        stored.set(request.idempotencyKey, { ...answer, parameters: request.body.toString() });
      }
      send(response, answer);
      return;
    }
    const answer = once(request);
    if (fault === 'lost') incoming.socket.destroy();
    else send(response, answer);
  };

  const once = (request: StripeRequest): { status: number; body: object } => {
    const { idempotencyKey: key, body } = request;
    if (request.method !== 'POST' || key === undefined) return answerTo(request);
    const before = stored.get(key);
    if (before !== undefined && before.parameters !== body.toString()) {
      return refusal(400, {
        type: 'idempotency_error',
        message: 'Keys can only be used with the same parameters',
      });
    }
    const answer = before ?? answerTo(request);
    stored.set(key, { ...answer, parameters: body.toString() });
    return answer;
  };

  const answerTo = ({ method, path, body }: StripeRequest): { status: number; body: object } => {
    const [pathname = '', query = ''] = path.split('?');
    if (pathname === '/v1/payment_intents/search') {
      const wanted = /^metadata\["(\w+)"\]:"(.*)"$/.exec(new URLSearchParams(query).get('query') ?? '');
      const data = intents.filter(({ metadata }) => indexed && metadata[wanted?.[1] ?? ''] === wanted?.[2]);
      return { status: 200, body: { object: 'search_result', data: data.map(view), has_more: false } };
    }
    if (method === 'POST' && pathname === '/v1/payment_intents') return create(body);
    const cancelled = /^\/v1\/payment_intents\/(\w+)\/cancel$/.exec(pathname)?.[1];
    if (cancelled !== undefined) {
      const intent = intents.find(({ id }) => id === cancelled);
      if (intent === undefined)
        return refusal(404, { type: 'invalid_request_error', code: 'resource_missing' });
      intent.status = 'canceled';
      return { status: 200, body: view(intent) };
    }
    if (pathname === '/v1/refunds') {
      const id =
        method === 'POST' ? body.get('payment_intent') : new URLSearchParams(query).get('payment_intent');
      const intent = intents.find((one) => one.id === id);
      if (method === 'GET') {
        const data =
          intent?.refund == null ? [] : [{ id: intent.refund, object: 'refund', status: 'succeeded' }];
        return { status: 200, body: { object: 'list', data, has_more: false } };
      }
      if (intent === undefined)
        return refusal(404, { type: 'invalid_request_error', code: 'resource_missing' });
      if (intent.refund !== null) {
        return refusal(400, { type: 'invalid_request_error', code: 'charge_already_refunded' });
      }
      intent.refund = `re_${intent.id}`;
      return { status: 200, body: { id: intent.refund, object: 'refund', status: 'succeeded' } };
    }
    return refusal(404, { type: 'invalid_request_error', code: 'resource_missing' });
  };

  const create = (body: URLSearchParams): { status: number; body: object } => {
    const method = body.get('payment_method');
    const intent: StripeIntent = {
      id: `pi_${String(intents.length + 1)}`,
      amount: Number(body.get('amount')),
      currency: body.get('currency') ?? '',
      status: body.get('confirm') === 'true' ? 'succeeded' : 'requires_payment_method',
      metadata: Object.fromEntries(
        [...body].flatMap(([name, value]) => {
          const field = /^metadata\[(\w+)\]$/.exec(name)?.[1];
          return field === undefined ? [] : [[field, value]];
        }),
      ),
      refund: null,
    };
    intents.push(intent);
    const decline = /^pm_card_(.*Declined.*)$/.exec(method ?? '')?.[1];
    if (decline === undefined) return { status: 200, body: view(intent) };
    intent.status = 'requires_payment_method';
    return refusal(402, {
      ...{ type: 'card_error', code: 'card_declined', message: 'Your card was declined.' },
      decline_code: decline.includes('Insufficient') ? 'insufficient_funds' : 'generic_decline',
    });
  };

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requests,
    intents,
    setFault(chosen) {
      choose = chosen;
    },
    forgetKeys() {
      stored.clear();
    },
    setIndexed(isIndexed) {
      indexed = isIndexed;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function view(intent: StripeIntent): object {
  return { object: 'payment_intent', ...intent };
}

function refusal(status: number, error: Record<string, string>): { status: number; body: object } {
  return { status, body: { error } };
}

function send(response: ServerResponse, { status, body }: { status: number; body: object }): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_test' });
  response.end(JSON.stringify(body));
}

async function readRequest(incoming: IncomingMessage): Promise<StripeRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const header = (name: string): string | undefined => {
    const value = incoming.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    idempotencyKey: header('idempotency-key'),
    apiVersion: header('stripe-version'),
    authorization: header('authorization'),
    body: new URLSearchParams(Buffer.concat(chunks).toString()),
  };
}
