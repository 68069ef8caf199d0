import { describe, expect, test } from 'vitest';
import type { ProviderErrorCode } from '../../../adapters/provider-error.ts';
import { faultOfConnection, faultOfStatus } from '../../../adapters/provider-faults.ts';
import { ConfigError, loadWorkerConfig } from '../../../platform/config.ts';

describe('what a status says of a request that changes something', () => {
  test.each<[number, ProviderErrorCode]>([
    [400, 'provider_refused'],
    [401, 'provider_refused'],
    [403, 'provider_refused'],
    [404, 'provider_refused'],
    [408, 'provider_timeout'],
    [409, 'provider_timeout'],
    [422, 'provider_refused'],
    [429, 'provider_unavailable'],
    [500, 'provider_timeout'],
    [502, 'provider_timeout'],
    [503, 'provider_unavailable'],
    [504, 'provider_timeout'],
  ])('%i: %s', (status, code) => {
    expect(faultOfStatus(status)).toBe(code);
  });
});

describe('what an error of the network says of a request', () => {
  const coded = (code: string): Error => Object.assign(new Error('x'), { code });
  test.each<[string, unknown, ProviderErrorCode]>([
    ['no connection', coded('ECONNREFUSED'), 'provider_unavailable'],
    ['no name', coded('ENOTFOUND'), 'provider_unavailable'],
    ['a cut line', coded('ECONNRESET'), 'provider_timeout'],
    [
      'a cut line of fetch',
      new TypeError('fetch failed', { cause: coded('UND_ERR_SOCKET') }),
      'provider_timeout',
    ],
    [
      'no connection of fetch',
      new TypeError('fetch failed', { cause: coded('ECONNREFUSED') }),
      'provider_unavailable',
    ],
    [
      'no address of several',
      new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]),
      'provider_unavailable',
    ],
    [
      'one of several after sending',
      new AggregateError([coded('ECONNREFUSED'), coded('ECONNRESET')]),
      'provider_timeout',
    ],
    ['a time-out', new DOMException('x', 'TimeoutError'), 'provider_timeout'],
    ['anything else', 'x', 'provider_timeout'],
  ])('%s', (_what, error, code) => {
    expect(faultOfConnection(error)).toBe(code);
  });
});

describe('settings of providers', () => {
  const problemsOf = (env: Record<string, string>): string => {
    try {
      loadWorkerConfig({ DATABASE_URL: 'postgresql://127.0.0.1/longshore', ...env });
      return '';
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
      throw error;
    }
  };

  test('the simulators in the process need none', () => {
    expect(problemsOf({})).toBe('');
  });

  test.each([
    [{ PAYMENTS_PROVIDER: 'stripe' }, 'STRIPE_SECRET_KEY must be set, because PAYMENTS_PROVIDER is stripe'],
    [{ PAYMENTS_PROVIDER: 'simulator-http' }, 'PAYMENTS_URL must be set'],
    [{ CARRIER_PROVIDER: 'simulator-http' }, 'CARRIER_URL must be set'],
    [{ PAYMENTS_PROVIDER: 'paypal' }, 'PAYMENTS_PROVIDER'],
    [{ STRIPE_SECRET_KEY: 'pk_live_public' }, 'STRIPE_SECRET_KEY must be a secret or restricted key'],
    [{ PAYMENTS_URL: 'ftp://x' }, 'PAYMENTS_URL must be an http:// or https:// URL'],
  ])('%o is refused by name', (env, problem) => {
    expect(problemsOf(env)).toContain(problem);
  });

  test('a refusal does not show the key', () => {
    expect(problemsOf({ STRIPE_SECRET_KEY: 'very-secret' })).not.toContain('very-secret');
  });
});
