import type { KeyRing } from './key-ring.ts';
import { open, seal, SealError } from './seal.ts';

/** How an encrypted text is known in the database: `enc:`, the id of its key, and the rest in base64url. */
const FORM = /^enc:([\w-]{1,32}):([\w-]+)$/;

/**
 * A secret as it is kept.
 *
 * @param purpose what it is for
 * @returns the text as it is where no keys are set
 */
export function sealText(keys: KeyRing | undefined, purpose: string, text: string): string {
  if (keys === undefined) return text;
  const { keyId, sealed } = seal(keys, purpose, Buffer.from(text));
  return `enc:${keyId}:${sealed.toString('base64url')}`;
}

/** A secret from how it is kept; one from before there were keys is itself. @throws {SealError} */
export function openText(keys: KeyRing | undefined, purpose: string, kept: string): string {
  if (!kept.startsWith('enc:')) return kept;
  const [, keyId = '', sealed = ''] = FORM.exec(kept) ?? [];
  if (keyId === '') throw new SealError('a kept secret is malformed');
  return open(keys, keyId, purpose, Buffer.from(sealed, 'base64url')).toString();
}

/** Whether a kept secret is what {@link sealText} would make of it now, but for its nonce. */
export function isSealedByCurrent(keys: KeyRing | undefined, kept: string): boolean {
  return keys === undefined ? !kept.startsWith('enc:') : kept.startsWith(`enc:${keys.current.id}:`);
}
