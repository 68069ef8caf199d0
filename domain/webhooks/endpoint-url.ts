import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Why a webhook can't be sent to a URL. */
export interface UrlProblem {
  code: 'invalid_url' | 'https_required' | 'private_address';
  message: string;
}

/** Names that lead inward wherever they are asked for. */
const INNER_NAMES = /(?:^|\.)(?:localhost|local|internal|localdomain|home\.arpa)$/;

/**
 * What can be said of the URL of an endpoint without asking anybody. Where a name leads is looked at when it is connected to.
 *
 * @param allowPrivate also plain HTTP and addresses of the own network, for development and tests
 * @returns null for a good one
 */
export function checkEndpointUrl(text: string, allowPrivate: boolean): UrlProblem | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') {
    return { code: 'invalid_url', message: 'must be an https:// URL' };
  }
  if (url.username !== '' || url.password !== '') {
    return { code: 'invalid_url', message: 'must not hold a user name or a password' };
  }
  if (url.hash !== '') return { code: 'invalid_url', message: 'must not have a fragment' };
  if (allowPrivate) return null;
  if (url.protocol !== 'https:') return { code: 'https_required', message: 'must be an https:// URL' };
  const literal = literalOf(url);
  // The URL's own parser has brought every way to write an address into one form.
  const isInner =
    literal === null ? INNER_NAMES.test(url.hostname.replace(/\.$/, '')) : !isPublicAddress(literal);
  if (isInner) {
    return { code: 'private_address', message: 'must lead to a public address' };
  }
  return null;
}

/** The address that stands in a URL; null where it has a name. */
export function literalOf({ hostname }: URL): string | null {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0 ? null : address;
}
