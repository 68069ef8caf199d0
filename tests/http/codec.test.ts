import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { payloadsSchema } from '../../contracts/http/codec.ts';
import { parseKeyRing } from '../../platform/key-ring.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

const WEB_UI = 'https://temporal.example.com';
let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({
    workflows: createFakeWorkflows(),
    config: {
      ENCRYPTION_KEYS: parseKeyRing(`one:${randomBytes(32).toString('base64')}`),
      TEMPORAL_UI_URL: `${WEB_UI}/namespaces`,
    },
  });
});
afterAll(() => api.stop());

const post = (path: string, body: object, role: 'viewer' | 'operator' = 'operator'): Promise<Response> =>
  api.as(role)(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Namespace': 'default', Origin: WEB_UI },
    body: JSON.stringify(body),
  });

const plain = {
  payloads: [
    { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: btoa('"hello"') },
    { metadata: { encoding: Buffer.from('binary/null').toString('base64') } },
  ],
};

describe('the codec server', () => {
  test('encrypts and decrypts payloads for operators', async () => {
    const encrypted = payloadsSchema.parse(await (await post('/api/codec/encode', plain)).json());
    const encodings = encrypted.payloads.map(({ metadata }) => atob(metadata?.encoding ?? ''));
    expect(encodings).toEqual(['binary/encrypted', 'binary/encrypted']);
    const response = await post('/api/codec/decode', encrypted);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const decrypted = payloadsSchema.parse(await response.json());
    expect(decrypted.payloads[0]).toEqual(plain.payloads[0]);
    expect(decrypted.payloads[1]).toMatchObject(plain.payloads[1] ?? {});
    expect((await post('/api/codec/decode', encrypted, 'viewer')).status).toBe(403);
  });

  test('leaves what is not encrypted as it is, and says so when it can not read something', async () => {
    const later = { payloads: [{ ...plain.payloads[0], externalPayloads: [{ sizeBytes: '7' }] }] };
    expect(await (await post('/api/codec/decode', later)).json()).toEqual(later);
    const foreign = {
      payloads: [
        {
          metadata: { encoding: btoa('binary/encrypted'), 'encryption-key-id': btoa('two') },
          data: btoa('x'),
        },
      ],
    };
    const response = await post('/api/codec/decode', foreign);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ code: 'not_readable' }] });
  });

  test('may be called by pages of the Temporal Web UI, which may call nothing else', async () => {
    const preflight = (path: string, origin: string): Promise<Response> =>
      fetch(api.url + path, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
    const allowed = await preflight('/api/codec/decode', WEB_UI);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(WEB_UI);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('X-Namespace');
    for (const [path, origin] of [
      ['/api/imports', WEB_UI],
      ['/api/codec/decode', 'https://temporal.example.com.evil.com'],
      ['/api/codec/decode', 'null'],
    ] as const) {
      expect((await preflight(path, origin)).headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await post('/api/codec/decode', plain)).headers.get('access-control-allow-origin')).toBe(WEB_UI);
  });
});
