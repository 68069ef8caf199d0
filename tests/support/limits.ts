import type { ImportLimits, RetentionSettings, WebhookSettings } from '../../platform/config.ts';

/** Small bounds, which a test reaches with a few rows. */
export const TEST_LIMITS: ImportLimits = {
  CURRENCY: 'EUR',
  IMPORT_CHUNK_ROWS: 3,
  IMPORT_CHUNK_BYTES: 1_000_000,
  IMPORT_MAX_RECORD_BYTES: 10_000,
  IMPORT_MAX_COLUMNS: 50,
  IMPORT_MAX_ROWS: 1_000,
  IMPORT_MAX_UNPACKED_BYTES: 100_000_000,
  IMPORT_MAX_COMPRESSION_RATIO: 200,
  IMPORT_MAX_SHARED_STRINGS_BYTES: 10_000_000,
};

/** Receivers of tests listen on this machine, and nobody waits for days. */
export const TEST_WEBHOOKS: WebhookSettings = {
  WEBHOOKS_ALLOW_PRIVATE_NETWORKS: true,
  WEBHOOKS_TIMEOUT_MS: 1_000,
  WEBHOOKS_RETRY_DELAYS_MS: [50, 100, 200],
  WEBHOOKS_MAX_CONCURRENCY: 5,
  WEBHOOKS_SWITCH_OFF_AFTER_MS: 60_000,
  WEBHOOK_DELIVERIES_RETENTION_DAYS: 30,
};

/** As long as they are kept where nothing is set. */
export const TEST_RETENTION: RetentionSettings = {
  RETENTION_FILES_DAYS: 30,
  RETENTION_STAGING_DAYS: 30,
  RETENTION_OUTCOMES_DAYS: 90,
  RETENTION_CHANGES_DAYS: 90,
  RETENTION_JOBS_DAYS: 365,
};
