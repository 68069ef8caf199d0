import type { KeyRing } from './key-ring.ts';
import { isSealedByCurrent, openText, sealText } from './sealed-text.ts';

const PURPOSE = 'webhook secret';

/** The secret of an endpoint as the database keeps it. */
export function sealWebhookSecret(keys: KeyRing | undefined, secret: string): string {
  return sealText(keys, PURPOSE, secret);
}

/** The secrets of an endpoint, to sign with. @throws {SealError} when their key is not set */
export function openWebhookSecrets(keys: KeyRing | undefined, kept: readonly string[]): string[] {
  return kept.map((secret) => openText(keys, PURPOSE, secret));
}

/** @returns how the secret is to be kept from now on; null where it is so already. @throws {SealError} */
export function resealWebhookSecret(keys: KeyRing | undefined, kept: string): string | null {
  if (isSealedByCurrent(keys, kept)) return null;
  return sealText(keys, PURPOSE, openText(keys, PURPOSE, kept));
}
