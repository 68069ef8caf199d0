import { createHmac, randomBytes } from 'node:crypto';

/**
 * Signing of messages as Standard Webhooks 1.0.0 says, symmetric scheme: HMAC-SHA256 over `id.timestamp.body`, with the exact
 * bytes that are sent. Source: the specification of standardwebhooks.com, "Signature scheme".
 */

const PREFIX = 'whsec_';

/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32;

/** A new secret: `whsec_` and the key in base64. */
export function createSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/**
 * The headers of one attempt.
 *
 * @param id of the message, the same for every attempt. It must not be a caller's choice and hold a full stop: then one message
 *   could be taken for another
 * @param secrets each of them signs: two while a rotation overlaps
 * @param at when the attempt is made
 */
export function signedHeaders(
  id: string,
  body: Buffer,
  secrets: readonly string[],
  at: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    const digest = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
    return `v1,${digest}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
