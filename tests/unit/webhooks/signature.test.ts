import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { createSecret, signedHeaders } from '../../../domain/webhooks/signature.ts';

const body = Buffer.from('{"name":"Größe 😀","price":"19.90"}');

describe('a signature', () => {
  test('is what the independent verifier expects, over the exact bytes', () => {
    const secret = createSecret();
    const headers = signedHeaders('0195d3c5.completed', body, [secret], new Date());
    expect(new Webhook(secret).verify(body, headers)).toEqual({ name: 'Größe 😀', price: '19.90' });
    const other = Buffer.from(body.toString().replace('19.90', '19.91'));
    expect(() => new Webhook(secret).verify(other, headers)).toThrow();
    expect(() => new Webhook(secret).verify(body, { ...headers, 'webhook-id': 'x' })).toThrow();
    expect(() => new Webhook(createSecret()).verify(body, headers)).toThrow();
  });

  test('is the one of the specification for its example of a key', () => {
    const headers = signedHeaders(
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      Buffer.from('{"test": 2432232314}'),
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      new Date(1_614_265_330_000),
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('of two secrets is verified by each of them', () => {
    const secrets = [createSecret(), `whsec_${randomBytes(64).toString('base64')}`];
    const headers = signedHeaders('x', body, secrets, new Date());
    for (const secret of secrets) expect(() => new Webhook(secret).verify(body, headers)).not.toThrow();
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  });
});

test('a secret has 24 to 64 random bytes, and no two are the same', () => {
  const secrets = Array.from({ length: 100 }, createSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_/);
    const { length } = Buffer.from(secret.slice('whsec_'.length), 'base64');
    expect(length).toBeGreaterThanOrEqual(24);
    expect(length).toBeLessThanOrEqual(64);
  }
});
