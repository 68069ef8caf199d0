import { expect, test } from 'vitest';
import { ConfigError, loadRetention, loadWorkerConfig } from '../../platform/config.ts';

const DATABASE_URL = 'postgresql://localhost/x';

test('what is kept is kept for the documented times where nothing is set', () => {
  expect(loadRetention({})).toEqual({
    RETENTION_FILES_DAYS: 30,
    RETENTION_STAGING_DAYS: 30,
    RETENTION_OUTCOMES_DAYS: 90,
    RETENTION_CHANGES_DAYS: 90,
    RETENTION_JOBS_DAYS: 365,
  });
});

test.each([
  [{ RETENTION_JOBS_DAYS: '60' }, 'RETENTION_JOBS_DAYS must be at least RETENTION_OUTCOMES_DAYS (90)'],
  [{ RETENTION_FILES_DAYS: '400' }, 'RETENTION_JOBS_DAYS must be at least RETENTION_FILES_DAYS (400)'],
  [{ RETENTION_STAGING_DAYS: '91' }, 'RETENTION_OUTCOMES_DAYS must be at least RETENTION_STAGING_DAYS (91)'],
  [
    { RETENTION_CHANGES_DAYS: '100' },
    'RETENTION_OUTCOMES_DAYS must be at least RETENTION_CHANGES_DAYS (100)',
  ],
  [{ RETENTION_FILES_DAYS: '0' }, 'RETENTION_FILES_DAYS'],
  [{ RETENTION_FILES_DAYS: '1.5' }, 'RETENTION_FILES_DAYS'],
  [{ RETENTION_FILES_DAYS: 'forever' }, 'RETENTION_FILES_DAYS'],
])('a worker refuses %o and says why', (env, message) => {
  expect(() => loadWorkerConfig({ DATABASE_URL, ...env })).toThrow(ConfigError);
  expect(() => loadWorkerConfig({ DATABASE_URL, ...env })).toThrow(message);
});

test('equal times are fine', () => {
  const env = Object.fromEntries(Object.keys(loadRetention({})).map((name) => [name, '7']));
  expect(loadWorkerConfig({ DATABASE_URL, ...env })).toMatchObject({ RETENTION_JOBS_DAYS: 7 });
});
