import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type LookupFunction } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sendRequest } from '../../../adapters/webhooks/send-request.ts';

let handle: (request: IncomingMessage, response: ServerResponse) => void;
let connections = 0;
const server = createHttpServer((request, response) => handle(request, response));
server.on('connection', () => (connections += 1));
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  connections = 0;
  handle = (_request, response) => response.writeHead(204).end();
});

/** Names lead where the test says, one answer after the other. */
function names(...answers: string[][]): LookupFunction & { asked: number } {
  const lookup = Object.assign(
    ((_hostname, _options, callback) => {
      const addresses = answers[Math.min(lookup.asked, answers.length - 1)]!;
      lookup.asked += 1;
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    }) as LookupFunction,
    { asked: 0 },
  );
  return lookup;
}

const body = Buffer.from('{}');
const allowed = { timeoutMs: 500, allowPrivate: true };
const strict = { timeoutMs: 500, allowPrivate: false };
const send = (path = '/', settings = allowed) =>
  sendRequest(`http://127.0.0.1:${port}${path}`, { 'webhook-id': 'x' }, body, settings);

describe('an attempt', () => {
  test('posts the bytes as JSON, with the headers given', async () => {
    let got: { method: string | undefined; headers: IncomingMessage['headers']; body: string } | undefined;
    handle = (request, response) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
        got = { method: request.method, headers: request.headers, body: Buffer.concat(chunks).toString() };
        response.writeHead(200).end('thanks');
      })();
    };
    expect(await send()).toMatchObject({ status: 200, error: null, responseStart: 'thanks' });
    expect(got).toMatchObject({
      method: 'POST',
      body: '{}',
      headers: { 'webhook-id': 'x', 'content-type': 'application/json', 'content-length': '2' },
    });
  });

  test.each([301, 302, 400, 410, 429, 500, 503])('answered %i is a failure that says so', async (status) => {
    handle = (_request, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${port}/in`, 'retry-after': '7' }).end('no');
    expect(await send()).toMatchObject({ status, error: 'refused', responseStart: 'no', retryAfter: '7' });
    expect(connections).toBe(1);
  });

  test('ends when nothing comes', async () => {
    handle = () => undefined;
    expect(await send()).toMatchObject({ status: null, error: 'no_answer', responseStart: null });
  });

  test('ends when the connection is made and nothing is read', async () => {
    const silent = createTcpServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}/`;
    expect(await sendRequest(url, {}, body, allowed)).toMatchObject({ error: 'no_answer' });
    silent.close();
  });

  test('counts as taken when the head says so, though the body never ends', async () => {
    handle = (_request, response) => {
      response.writeHead(200);
      response.write('slow');
    };
    expect(await send()).toMatchObject({ status: 200, error: null, responseStart: 'slow' });
  });

  test('reads a kilobyte of a body without an end, and no more', async () => {
    let closed = false;
    handle = (_request, response) => {
      response.on('close', () => (closed = true));
      response.writeHead(200);
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', more);
      };
      more();
    };
    const { responseStart, error } = await send();
    expect(error).toBeNull();
    expect(responseStart).toBe('x'.repeat(1_024));
    await expect.poll(() => closed).toBe(true);
  });

  test('keeps no NUL and no half character of an answer', async () => {
    handle = (_request, response) => response.writeHead(500).end(`a\0b${'ä'.repeat(600)}`);
    expect((await send()).responseStart).toMatch(/^abä+$/);
  });

  test('says that nobody listens, and that a name is unknown', async () => {
    expect(await sendRequest('http://127.0.0.1:1/', {}, body, allowed)).toMatchObject({
      error: 'no_connection',
    });
    const lookup: LookupFunction = (_hostname, _options, callback) =>
      callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
    const result = await sendRequest('https://nowhere.example/', {}, body, { ...strict, lookup });
    expect(result).toMatchObject({ error: 'unknown_name' });
  });

  test('says that TLS failed', async () => {
    expect(await sendRequest(`https://127.0.0.1:${port}/`, {}, body, allowed)).toMatchObject({
      status: null,
      error: 'tls_failed',
    });
  });
});

describe('nothing is sent inward', () => {
  test.each(['https://127.0.0.1/', 'https://[::1]/', 'https://0x7f.0.0.1/', 'https://[::ffff:127.0.0.1]/'])(
    'to the literal %s',
    async (url) => {
      expect(await sendRequest(url, {}, body, strict)).toMatchObject({ error: 'private_address' });
    },
  );

  test.each([
    ['an inner address', ['127.0.0.1']],
    ['an inner one among public ones', ['8.8.8.8', '127.0.0.1']],
    ['loopback of IPv6', ['::1']],
    ['mapped IPv4', ['::ffff:127.0.0.1']],
    ['a translated one', ['64:ff9b::7f00:1']],
    ['nothing', []],
  ])('to a name that leads to %s', async (_what, addresses) => {
    const url = `https://inward.example:${port}/`;
    const lookup = names(addresses);
    expect(await sendRequest(url, {}, body, { ...strict, lookup })).toMatchObject({
      status: null,
      error: 'private_address',
    });
    expect(lookup.asked).toBe(1);
    expect(connections).toBe(0);
  });

  test('by a name that changes its answer between check and connection: it is asked once, and that answer counts', async () => {
    // Nobody answers at the first address; whoever asked again would be led to this machine.
    const rebinding = names(['240.0.0.1'], ['127.0.0.1']);
    await sendRequest(`http://rebind.example:${port}/`, {}, body, { ...allowed, lookup: rebinding });
    expect(rebinding.asked).toBe(1);
    expect(connections).toBe(0);
  });

  test('each attempt asks anew: a name that has turned inward since is refused', async () => {
    const lookup = names(['127.0.0.1']);
    const url = `http://turned.example:${port}/`;
    expect(await sendRequest(url, {}, body, { ...allowed, lookup })).toMatchObject({ status: 204 });
    expect(await sendRequest(url.replace('http', 'https'), {}, body, { ...strict, lookup })).toMatchObject({
      error: 'private_address',
    });
    expect(connections).toBe(1);
  });
});
