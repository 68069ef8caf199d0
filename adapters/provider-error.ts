/**
 * Why a provider outside, of payments or of shipping, gave no answer to go by.
 *
 * - `provider_unavailable`: it could not be reached, or says that it is out of order. Heals.
 * - `provider_timeout`: it did not answer in time, so what was asked may have happened. The same request under the same key
 *   tells. Heals.
 * - `provider_refused`: it does not take our requests as they are, as with a wrong API key. Somebody has to look.
 */
export type ProviderErrorCode = 'provider_unavailable' | 'provider_timeout' | 'provider_refused';

/** A provider gave no answer. A no is an answer: adapters return it. */
export class ProviderError extends Error {
  readonly providerCode: ProviderErrorCode;

  /** @param message for operators, without data of customers: it goes through Temporal */
  constructor(providerCode: ProviderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProviderError';
    this.providerCode = providerCode;
  }
}
