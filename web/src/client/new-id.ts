const HEX = /^(.{8})(.{4})(.{3})(.{3})(.{12})$/;

/**
 * An id that a request is known by, so that the API does it once however often it arrives: also as its Idempotency-Key.
 * `crypto.randomUUID` is missing where the page came without TLS from another machine.
 *
 * @returns a UUID of random bits (version 4)
 */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  // Two digits are not random: they say which version it is.
  return hex.slice(0, 30).replace(HEX, '$1-$2-4$3-8$4-$5');
}
