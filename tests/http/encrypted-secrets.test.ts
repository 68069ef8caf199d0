import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { webhookWithSecretSchema } from '../../contracts/http/webhook.ts';
import { parseKeyRing } from '../../platform/key-ring.ts';
import { resealWebhookSecret } from '../../platform/webhook-secrets.ts';
import { inTransaction } from '../../prisma/client.ts';
import { resealSecrets } from '../../prisma/repositories/webhook-endpoints.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

const first = `one:${randomBytes(32).toString('base64')}`;
const second = `two:${randomBytes(32).toString('base64')}`;

/** Before there were keys, with the first one, after the second one was put in front, and once the first one is gone. */
const rings = [undefined, first, `${second},${first}`, second].map((text) => text && parseKeyRing(text));
let apis: ApiUnderTest[];
let receiver: Server;
let received: { headers: Record<string, string>; body: string }[];

beforeAll(async () => {
  received = [];
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  apis = [];
  for (const ring of rings) {
    const [beside] = apis;
    apis.push(
      await startApi({
        workflows: createFakeWorkflows(),
        config: ring === undefined || ring === '' ? {} : { ENCRYPTION_KEYS: ring },
        ...(beside === undefined ? {} : { beside }),
      }),
    );
  }
});
afterAll(async () => {
  for (const api of apis.toReversed()) await api.stop();
  await new Promise((resolve) => receiver.close(resolve));
});

async function add(at: ApiUnderTest): Promise<{ id: string; secret: string }> {
  const { port } = receiver.address() as AddressInfo;
  const response = await at.as('admin')('/api/webhooks', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: `http://127.0.0.1:${String(port)}/`, events: ['*'] }),
  });
  return webhookWithSecretSchema.parse(await response.json());
}

/** Sends a test, and has its signature verified by an independent library. */
async function expectSigned(at: ApiUnderTest, { id, secret }: { id: string; secret: string }): Promise<void> {
  received.length = 0;
  expect((await at.as('admin')(`/api/webhooks/${id}/test`, { method: 'POST' })).status).toBe(200);
  const [message] = received;
  expect(message).toBeDefined();
  if (message !== undefined) new Webhook(secret).verify(message.body, message.headers);
}

async function kept(): Promise<string[]> {
  const { rows } = await apis[0]!.database.pool.query<{ secret: string }>(
    'SELECT secret FROM webhook_endpoints ORDER BY id',
  );
  return rows.map(({ secret }) => secret.split(':').slice(0, 2).join(':').slice(0, 7));
}

describe('the secret of a webhook', () => {
  test('is encrypted in the database, and goes from plain text to the first key and on to the next without missing a signature', async () => {
    const [before, withFirst, withBoth, withSecond] = apis as [
      ApiUnderTest,
      ApiUnderTest,
      ApiUnderTest,
      ApiUnderTest,
    ];
    const plain = await add(before);
    const sealed = await add(withFirst);
    expect(await kept()).toEqual(['whsec_' + plain.secret.charAt(6), 'enc:one']);
    for (const endpoint of [plain, sealed]) {
      await expectSigned(withFirst, endpoint);
      await expectSigned(withBoth, endpoint);
    }
    const encrypt = (): Promise<number> =>
      inTransaction(before.database.pool, (client) =>
        resealSecrets(client, (text) => resealWebhookSecret(parseKeyRing(`${second},${first}`), text)),
      );
    expect(await encrypt()).toBe(2);
    expect(await encrypt()).toBe(0);
    expect(await kept()).toEqual(['enc:two', 'enc:two']);
    for (const endpoint of [plain, sealed]) await expectSigned(withSecond, endpoint);
  });
});
