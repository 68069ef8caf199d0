import type { FileStorage } from '../adapters/storage/storage.ts';
import type { ApiConfig } from '../platform/config.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Tokens } from '../platform/tokens.ts';
import type { Database } from '../prisma/client.ts';
import type { AttentionWatch } from './streams/attention-watch.ts';
import type { OpenStreams } from './streams/event-stream.ts';
import type { RecordNotifier } from '../prisma/repositories/record-notifications.ts';
import type { OrderNotifier } from '../prisma/repositories/order-notifications.ts';
import type { JobWatch } from './streams/job-watch.ts';
import type { OrderFeed } from './streams/order-feed.ts';
import type { OrderWatch } from './streams/order-watch.ts';
import type { RecordWatch } from './streams/record-watch.ts';
import type { Workflows } from './temporal-client.ts';

/** What the app is made of. Whoever makes it opens these and closes them. */
export interface AppDeps {
  config: Pick<
    ApiConfig,
    | 'CURRENCY'
    | 'IMPORT_CHUNK_ROWS'
    | 'IMPORT_MAX_COLUMNS'
    | 'IMPORT_MAX_RECORD_BYTES'
    | 'TEMPORAL_NAMESPACE'
    | 'TEMPORAL_UI_URL'
    | 'MAX_UPLOAD_BYTES'
    | 'CORS_ORIGINS'
    | 'SECURE_COOKIES'
    | 'LEGACY_OPEN'
    | 'WEBHOOKS_ALLOW_PRIVATE_NETWORKS'
    | 'WEBHOOKS_TIMEOUT_MS'
    | 'TRUSTED_PROXIES'
    | 'ENCRYPTION_KEYS'
    | 'RATE_LIMIT_PER_MINUTE'
    | 'RATE_LIMIT_SIGN_INS_PER_MINUTE'
    | 'RATE_LIMIT_UPLOADS_PER_MINUTE'
    | 'UPLOAD_QUOTA_BYTES_PER_DAY'
    | 'UPLOADS_AT_A_TIME'
  >;
  database: Database;
  storage: FileStorage;
  workflows: Workflows;
  tokens: Tokens;
  watch: JobWatch;
  attention: AttentionWatch;
  orderWatch: OrderWatch;
  orderFeed: OrderFeed;
  orderNotifier: OrderNotifier;
  recordNotifier: RecordNotifier;
  recordWatch: RecordWatch;
  streams: OpenStreams;
  metrics: Metrics;
  log: Logger;
  /** Folder of the built web app; null where there is none. */
  webDir: string | null;
}
