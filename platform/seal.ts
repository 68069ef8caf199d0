import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/**
 * AES-256-GCM (NIST SP 800-38D): a fresh nonce of 96 bits for each message, a tag of 128 bits. With random nonces one key is good
 * for 2^32 messages (section 8.3); rotate it long before.
 */
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What was encrypted can not be read with the keys that are set, or is not what was encrypted. */
export class SealError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SealError';
  }
}

/**
 * Encrypts with the current key.
 *
 * @param purpose what it is for: sealed for one thing, it can not be opened for another
 * @returns the id of the key, and nonce, text and tag one after the other
 */
export function seal(keys: KeyRing, purpose: string, plain: Uint8Array): { keyId: string; sealed: Buffer } {
  const { id, key } = keys.current;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bindingOf(id, purpose));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  return { keyId: id, sealed: Buffer.concat([nonce, text, cipher.getAuthTag()]) };
}

/** @throws {SealError} */
export function open(keys: KeyRing | undefined, keyId: string, purpose: string, sealed: Uint8Array): Buffer {
  const key = keys?.find(keyId);
  if (key === undefined) throw new SealError(`ENCRYPTION_KEYS has no key ${JSON.stringify(keyId)}`);
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new SealError('what was encrypted is cut short');
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const tag = sealed.subarray(-TAG_BYTES);
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(bindingOf(keyId, purpose));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new SealError('what was encrypted was changed since, or is of another key', { cause });
  }
}

function bindingOf(keyId: string, purpose: string): Buffer {
  return Buffer.from(`longshore ${purpose} ${keyId}`);
}
