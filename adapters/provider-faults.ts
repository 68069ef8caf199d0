import type { ProviderErrorCode } from './provider-error.ts';

/**
 * What a status of HTTP other than a success says of a request that changes something (RFC 9110, section 15; RFC 6585). Of a server
 * that failed on the way it is not known how far it came: as after a time-out, the same request under the same key tells.
 */
export function faultOfStatus(status: number): ProviderErrorCode {
  if (status === 429 || status === 503) return 'provider_unavailable';
  if (status === 408 || status === 409 || status === 425 || status >= 500) return 'provider_timeout';
  return 'provider_refused';
}

/** No connection was made, so nothing was sent. */
const NOT_SENT = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** What an error of the network, or the first of its causes that has a code, says of a request. */
export function faultOfConnection(error: unknown): ProviderErrorCode {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof AggregateError && cause.errors.length > 0) {
      const faults = new Set(cause.errors.map(faultOfConnection));
      return faults.has('provider_timeout') ? 'provider_timeout' : 'provider_unavailable';
    }
    if ('code' in cause && typeof cause.code === 'string') {
      return NOT_SENT.test(cause.code) ? 'provider_unavailable' : 'provider_timeout';
    }
  }
  return 'provider_timeout';
}
