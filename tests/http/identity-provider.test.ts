import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sessionSchema } from '../../contracts/http/session.ts';
import { ConfigError, loadApiConfig } from '../../platform/config.ts';
import { createForeignTokens } from '../../platform/foreign-tokens.ts';
import { type ApiUnderTest, createFakeWorkflows, SECRET, startApi } from './api-under-test.ts';

const ISSUER = 'https://login.example.com/';
const rsa = await generateKeyPair('RS256', { extractable: true });
const stranger = await generateKeyPair('RS256', { extractable: true });
const curve = await generateKeyPair('ES256', { extractable: true });
const publicJwk = { ...(await exportJWK(rsa.publicKey)), kid: 'one', use: 'sig' };

let provider: Server;
let api: ApiUnderTest;
let answer: { status: number; body: string };

beforeAll(async () => {
  const curveJwk = { ...(await exportJWK(curve.publicKey)), kid: 'two', use: 'sig' };
  answer = { status: 200, body: JSON.stringify({ keys: [publicJwk, curveJwk] }) };
  provider = createServer((_request, response) => {
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  api = await startApi({ workflows: createFakeWorkflows(), foreignTokens: createForeignTokens(settings()) });
});
afterAll(async () => {
  await api.stop();
  await new Promise((resolve) => provider.close(resolve));
});

function settings() {
  const { port } = provider.address() as AddressInfo;
  return {
    AUTH_JWKS_URL: `http://127.0.0.1:${String(port)}/keys`,
    AUTH_JWKS_ISSUER: ISSUER,
    AUTH_JWKS_AUDIENCE: 'back-office',
    AUTH_JWKS_ALGORITHM: 'RS256' as const,
    AUTH_JWKS_ROLE_CLAIM: 'roles',
  };
}

function good(
  claims: Record<string, unknown> = { roles: ['staff', 'operator'] },
  alg = 'RS256',
  kid = 'one',
) {
  return new SignJWT(claims)
    .setProtectedHeader({ alg, kid })
    .setIssuer(ISSUER)
    .setAudience('back-office')
    .setSubject('grace')
    .setExpirationTime('5m');
}

async function statusWith(token: string, path = '/api/jobs', at = api): Promise<number> {
  return (await fetch(at.url + path, { headers: { Authorization: `Bearer ${token}` } })).status;
}

describe('a token of an identity provider', () => {
  test('is good for the highest role that it names', async () => {
    const operator = await good().sign(rsa.privateKey);
    expect(await statusWith(operator)).toBe(200);
    expect(await statusWith(operator, '/api/audit')).toBe(403);
    const admin = await good({ roles: ['viewer', 'admin'] }).sign(rsa.privateKey);
    expect(await statusWith(admin, '/api/audit')).toBe(200);
    expect(await statusWith(await good({ roles: 'viewer' }).sign(rsa.privateKey))).toBe(200);
  });

  test('signs a browser in, whose cookie is of our own make and no longer good', async () => {
    const token = await good().sign(rsa.privateKey);
    const response = await fetch(`${api.url}/api/session`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(sessionSchema.parse(await response.json())).toMatchObject({ subject: 'grace', role: 'operator' });
    const [cookie = ''] = response.headers.getSetCookie();
    expect(cookie).not.toContain(token);
    expect(Number(/Max-Age=(\d+)/.exec(cookie)?.[1])).toBeLessThanOrEqual(300);
    const headers = { Cookie: cookie.split(';', 1)[0] ?? '' };
    expect((await fetch(`${api.url}/api/jobs`, { headers })).status).toBe(200);
  });

  test.each<[string, () => Promise<string>]>([
    ['for another audience', () => good().setAudience('longshore-api').sign(rsa.privateKey)],
    ['of another issuer', () => good().setIssuer('https://evil.example.com/').sign(rsa.privateKey)],
    ['that claims to be ours', () => good({ role: 'admin' }).setIssuer('longshore').sign(rsa.privateKey)],
    ['signed by somebody else', () => good().sign(stranger.privateKey)],
    ['that has expired', () => good().setExpirationTime('-1m').sign(rsa.privateKey)],
    [
      "of another algorithm, though the key is the provider's",
      () => good({ roles: 'admin' }, 'ES256', 'two').sign(curve.privateKey),
    ],
    [
      'whose public key is used as a secret',
      () => good({ roles: 'admin' }, 'HS256').sign(new TextEncoder().encode(JSON.stringify(publicJwk))),
    ],
    [
      'signed with our own secret',
      () => good({ roles: 'admin' }, 'HS256').sign(new TextEncoder().encode(SECRET)),
    ],
    ['without a role', () => good({}).sign(rsa.privateKey)],
    ['with roles that mean nothing here', () => good({ roles: ['root'] }).sign(rsa.privateKey)],
    ['with the subject of a key', () => good().setSubject('key:loader').sign(rsa.privateKey)],
    ['without a subject', () => good().setSubject('').sign(rsa.privateKey)],
    [
      'that never expires',
      () =>
        new SignJWT({ roles: 'viewer' })
          .setProtectedHeader({ alg: 'RS256', kid: 'one' })
          .setIssuer(ISSUER)
          .setAudience('back-office')
          .setSubject('grace')
          .sign(rsa.privateKey),
    ],
  ])('%s is refused', async (_name, make) => {
    expect(await statusWith(await make())).toBe(401);
  });

  test('gets 503 while the provider does not give out its keys; tokens of our own go on', async () => {
    const good200 = answer;
    answer = { status: 500, body: 'down' };
    const alone = await startApi({
      workflows: createFakeWorkflows(),
      foreignTokens: createForeignTokens(settings()),
    });
    try {
      expect(await statusWith(await good().sign(rsa.privateKey), '/api/jobs', alone)).toBe(503);
      expect((await alone.as('viewer')('/api/jobs')).status).toBe(200);
    } finally {
      answer = good200;
      await alone.stop();
    }
  });
});

describe('the settings of an identity provider', () => {
  const env = { DATABASE_URL: 'postgresql://127.0.0.1/x', AUTH_SECRET: SECRET };

  test('are refused unless the issuer and the audience are set with the address of the keys', () => {
    const url = { ...env, AUTH_JWKS_URL: 'https://login.example.com/keys' };
    expect(() => loadApiConfig(url)).toThrow(ConfigError);
    expect(() => loadApiConfig(url)).toThrow(/AUTH_JWKS_ISSUER[^]*AUTH_JWKS_AUDIENCE/);
    const whole = { ...url, AUTH_JWKS_ISSUER: ISSUER, AUTH_JWKS_AUDIENCE: 'back-office' };
    expect(loadApiConfig(whole)).toMatchObject({
      AUTH_JWKS_ALGORITHM: 'RS256',
      AUTH_JWKS_ROLE_CLAIM: 'role',
    });
    expect(() => loadApiConfig({ ...whole, AUTH_JWKS_ALGORITHM: 'none' })).toThrow(ConfigError);
    expect(() => loadApiConfig({ ...whole, AUTH_JWKS_ALGORITHM: 'HS256' })).toThrow(ConfigError);
    expect(createForeignTokens(loadApiConfig(env))).toBeNull();
  });
});
