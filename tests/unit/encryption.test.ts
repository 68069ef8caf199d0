import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadEncryptionKeys, loadWorkerConfig } from '../../platform/config.ts';
import { parseKeyRing } from '../../platform/key-ring.ts';
import { createPayloadCodec } from '../../platform/payload-codec.ts';
import { open, seal, SealError } from '../../platform/seal.ts';
import {
  openWebhookSecrets,
  resealWebhookSecret,
  sealWebhookSecret,
} from '../../platform/webhook-secrets.ts';

const first = `one:${randomBytes(32).toString('base64')}`;
const second = `two:${randomBytes(32).toString('base64')}`;
const old = parseKeyRing(first);
const rotated = parseKeyRing(`${second},${first}`);
const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{"jobId":"ada"}') };

describe('what is sealed', () => {
  test('opens with its key only, for its purpose only, and not when a bit was changed', () => {
    const { keyId, sealed } = seal(old, 'a', Buffer.from('hello'));
    expect(open(old, keyId, 'a', sealed).toString()).toBe('hello');
    expect(open(rotated, keyId, 'a', sealed).toString()).toBe('hello');
    expect(() => open(old, keyId, 'b', sealed)).toThrow(SealError);
    expect(() => open(undefined, keyId, 'a', sealed)).toThrow(/no key "one"/);
    expect(() => open(parseKeyRing(second), keyId, 'a', sealed)).toThrow(SealError);
    expect(() => open(parseKeyRing(second.replace('two', 'one')), keyId, 'a', sealed)).toThrow(SealError);
    expect(() => open(old, keyId, 'a', sealed.subarray(0, 20))).toThrow(SealError);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => open(old, keyId, 'a', changed), String(at)).toThrow(SealError);
    }
  });

  test('is never twice the same', () => {
    const made = Array.from({ length: 50 }, () =>
      seal(old, 'a', Buffer.from('hello')).sealed.toString('hex'),
    );
    expect(new Set(made).size).toBe(50);
  });
});

describe('a payload', () => {
  test('is encrypted with its metadata, and comes back as it was', async () => {
    const codec = createPayloadCodec(old);
    const [encrypted] = await codec.encode([payload]);
    expect(Buffer.from(encrypted?.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
    expect(Buffer.from(encrypted?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('one');
    expect(Buffer.from(encrypted?.data ?? []).includes('ada')).toBe(false);
    expect(Buffer.from(encrypted?.data ?? []).includes('json/plain')).toBe(false);
    const [plain] = await codec.decode(encrypted === undefined ? [] : [encrypted]);
    expect(Buffer.from(plain?.data ?? []).toString()).toBe('{"jobId":"ada"}');
    expect(Buffer.from(plain?.metadata?.encoding ?? []).toString()).toBe('json/plain');
  });

  test('of an earlier key is still read after a rotation, and what is written then is of the new one', async () => {
    const before = await createPayloadCodec(old).encode([payload]);
    const codec = createPayloadCodec(rotated);
    expect((await codec.decode(before))[0]?.data).toEqual(payload.data);
    const [after] = await codec.encode([payload]);
    expect(Buffer.from(after?.metadata?.['encryption-key-id'] ?? []).toString()).toBe('two');
    await expect(createPayloadCodec(old).decode(after === undefined ? [] : [after])).rejects.toThrow(
      /no key "two"/,
    );
  });

  test('from before there were keys is read as it is', async () => {
    expect(await createPayloadCodec(old).decode([payload])).toEqual([payload]);
    expect(await createPayloadCodec(undefined).encode([payload])).toEqual([payload]);
  });
});

describe('the secret of a webhook', () => {
  const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';

  test('is kept encrypted where keys are set, and is itself to sign with', () => {
    const kept = sealWebhookSecret(old, SECRET);
    expect(kept).toMatch(/^enc:one:[\w-]+$/);
    expect(openWebhookSecrets(rotated, [kept, SECRET])).toEqual([SECRET, SECRET]);
    expect(sealWebhookSecret(undefined, SECRET)).toBe(SECRET);
    expect(() => openWebhookSecrets(undefined, [kept])).toThrow(SealError);
    expect(() => openWebhookSecrets(old, ['enc:one'])).toThrow(SealError);
  });

  test('goes from plain text to the first key, and from that to the next', () => {
    const plain = resealWebhookSecret(old, SECRET) ?? '';
    expect(resealWebhookSecret(old, plain)).toBeNull();
    const next = resealWebhookSecret(rotated, plain) ?? '';
    expect(next).toMatch(/^enc:two:/);
    expect(openWebhookSecrets(parseKeyRing(second), [next])).toEqual([SECRET]);
  });
});

describe('ENCRYPTION_KEYS', () => {
  test.each([
    'secret',
    'one:short',
    `one:${Buffer.alloc(32).toString('base64')}`,
    `${first},${first}`,
    `${first},`,
    first.replace(':', ''),
  ])('%s is refused at start-up, without showing a key', (text) => {
    const env = { DATABASE_URL: 'postgresql://127.0.0.1/x', ENCRYPTION_KEYS: text };
    expect(() => loadWorkerConfig(env)).toThrow(ConfigError);
    try {
      loadWorkerConfig(env);
    } catch (error) {
      expect((error as Error).message).toContain('ENCRYPTION_KEYS');
      expect((error as Error).message).not.toContain(text);
    }
  });

  test('may be missing', () => {
    expect(loadEncryptionKeys({})).toBeUndefined();
    expect(loadEncryptionKeys({ ENCRYPTION_KEYS: '' })).toBeUndefined();
    expect(loadEncryptionKeys({ ENCRYPTION_KEYS: first })?.current.id).toBe('one');
  });
});
