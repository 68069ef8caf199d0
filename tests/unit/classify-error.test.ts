import { describe, expect, test } from 'vitest';
import { classifyError } from '../../activities/classify-error.ts';
import { ProviderError } from '../../adapters/provider-error.ts';
import { FileMissingError } from '../../adapters/storage/storage.ts';

describe('the table that tells transient errors from permanent ones', () => {
  test.each([
    ['08006', 'database_unavailable', true],
    ['57P01', 'database_unavailable', true],
    ['57014', 'database_timeout', true],
    ['55P03', 'database_timeout', true],
    ['40P01', 'database_conflict', true],
    ['40001', 'database_conflict', true],
    ['23505', 'database_conflict', true],
    ['53100', 'database_limit', true],
    ['22003', 'data_refused', false],
    ['23514', 'data_refused', false],
    ['42703', 'database_error', false],
    ['ECONNREFUSED', 'database_unavailable', true],
    ['ENOSPC', 'storage_unavailable', true],
  ])('%s is %s', (code, expected, retryable) => {
    expect(classifyError(Object.assign(new Error('said so'), { code }))).toMatchObject({
      code: expected,
      retryable,
    });
  });

  test('a connection that ended without a code is an outage', () => {
    expect(classifyError(new Error('Connection terminated unexpectedly'))).toMatchObject({
      code: 'database_unavailable',
    });
  });

  test.each([
    ['provider_unavailable', true],
    ['provider_timeout', true],
    ['provider_refused', false],
  ] as const)('what a provider outside means by %s is kept', (code, retryable) => {
    expect(classifyError(new ProviderError(code, 'said so'))).toMatchObject({ code, retryable });
  });

  test('whatever else is a fault of the program', () => {
    expect(classifyError(new TypeError('x is not a function'))).toMatchObject({
      code: 'program_error',
      retryable: false,
    });
    expect(classifyError('thrown text')).toMatchObject({ code: 'program_error', retryable: false });
    expect(classifyError(new FileMissingError('k'))).toMatchObject({
      code: 'file_missing',
      retryable: false,
    });
  });
});
