import { z } from 'zod';
import { type KeyRing, parseKeyRing } from './key-ring.ts';
import { isLoopback } from './loopback.ts';
import { faultsOfSecurity, type TemporalSecurity } from './temporal-options.ts';

/**
 * Settings, all from the environment, read once at start-up. docs/configuration.md and .env.example are made from the
 * descriptions here (`npm run docs:configuration`). A description is given last: what is chained behind it loses it.
 */
const booleanText = z.enum(['true', 'false']).transform((text) => text === 'true');
const port = z.coerce.number().int().min(0).max(65_535);
const delays = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'must be whole numbers of milliseconds, separated by commas')
  .transform((text) => text.split(',').map(Number));

/** Where uploaded files are kept. */
const storage = {
  STORAGE_DIR: z
    .string()
    .min(1)
    .default('.longshore/files')
    .describe('The folder that keeps uploaded files. The API and the parse workers must see the same one.'),
  STORAGE_URL: z
    .url({
      protocol: /^s3$/,
      hostname: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
      error: 'must be s3://bucket or s3://bucket/prefix',
    })
    .optional()
    .describe(
      'A bucket that keeps uploaded files instead, as s3://bucket or s3://bucket/prefix: for more than one machine. Who we are, ' +
        "the AWS SDK finds out by itself: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's own role.",
    ),
  STORAGE_S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe("Where the bucket's server is, when it is not Amazon's."),
  STORAGE_S3_REGION: z
    .string()
    .min(1)
    .optional()
    .describe("The bucket's region. Without it the AWS SDK looks in AWS_REGION and in profiles."),
  STORAGE_S3_PATH_STYLE: booleanText
    .default(false)
    .describe(
      "The bucket stands in the path and not in the host's name: many servers of one's own want that.",
    ),
};

const path = z.string().min(1).optional();

/** The Temporal server, and how it is spoken to. */
const temporal = {
  TEMPORAL_ADDRESS: z
    .string()
    .min(1)
    .default('127.0.0.1:7233')
    .describe('The Temporal server, as host:port. By default the connection is plain gRPC, without TLS.'),
  TEMPORAL_NAMESPACE: z
    .string()
    .min(1)
    .default('default')
    .describe('The namespace in which the workflows run.'),
  ENCRYPTION_KEYS: z
    .string()
    .transform((text, context): KeyRing => {
      try {
        return parseKeyRing(text);
      } catch (error) {
        context.addIssue({
          code: 'custom',
          message: error instanceof Error ? error.message : 'is malformed',
        });
        return z.NEVER;
      }
    })
    .optional()
    .describe(
      'Keys that encrypt what workflows are given and give back, and the secrets of webhooks in the database: id:key, separated by ' +
        'commas, each key 32 random bytes in base64, such as from `openssl rand -base64 32`. The first one encrypts, all decrypt. ' +
        'The same for all processes and scripts. Nothing is encrypted without it.',
    ),
  TEMPORAL_TLS: booleanText
    .optional()
    .describe('Speaks TLS to the Temporal server. Default: true where a key or a certificate for it is set.'),
  TEMPORAL_API_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('The API key of a service account, as Temporal Cloud gives them out. Never logged.'),
  TEMPORAL_TLS_CLIENT_CERT_PATH: path.describe(
    'File with our certificate, in PEM, where the Temporal server asks for one (mTLS).',
  ),
  TEMPORAL_TLS_CLIENT_KEY_PATH: path.describe('File with its key, in PEM.'),
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: path.describe(
    "File with the authority that vouches for the Temporal server, in PEM, where the system's own do not know it.",
  ),
  TEMPORAL_TLS_SERVER_NAME: z
    .string()
    .min(1)
    .optional()
    .describe("The name in the Temporal server's certificate, where it is not the one in TEMPORAL_ADDRESS."),
};

function checkTemporal(settings: TemporalSecurity, context: Pick<z.core.$RefinementCtx, 'addIssue'>): void {
  for (const { name, message } of faultsOfSecurity(settings))
    context.addIssue({ code: 'custom', path: [name], message });
}

const shared = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' })
    .describe('The database, as postgresql://user:password@host:port/name. PostgreSQL 18 or newer, UTF-8.'),
  ...temporal,
  ...storage,
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least important lines that are logged.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe(
      'Where traces are sent, as OTLP over HTTP, such as http://127.0.0.1:4318. Without it none are made.',
    ),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'The share of requests that are traced, from 0 to 1. A request that brings a traceparent has decided for itself.',
    ),
};

const host = z
  .string()
  .min(1)
  .default('127.0.0.1')
  .describe('The address to listen on. 0.0.0.0 opens the port to other machines.');

/** What the preview of the API and the parse workers must agree on. */
const reading = {
  CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
    .default('EUR')
    .describe(
      'The currency of product prices, as an ISO 4217 code. Of exports with a price for each currency, that one is read.',
    ),
  IMPORT_MAX_COLUMNS: z.coerce
    .number()
    .int()
    .min(1)
    .default(500)
    .describe('Columns in a header, at most. A file with more fails with too_many_columns.'),
  IMPORT_MAX_RECORD_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(1024 * 1024)
    .describe('Bytes in one record, at most. A file with a larger one fails with record_too_large.'),
};

/** The API cuts what is to be deleted, the workers all else. */
const chunking = {
  IMPORT_CHUNK_ROWS: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(10_000)
    .describe('Records in a chunk, at most.'),
};

/** Bounds of what is read. */
const limits = {
  ...reading,
  ...chunking,
  IMPORT_CHUNK_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(4 * 1024 * 1024)
    .describe('Bytes in a chunk; the record that reaches this is its last one.'),
  IMPORT_MAX_ROWS: z.coerce
    .number()
    .int()
    .min(1)
    .max(2_000_000_000)
    .default(50_000_000)
    .describe('Records in a file, at most. A file with more fails with too_many_rows.'),
  IMPORT_MAX_UNPACKED_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(5 * 1024 * 1024 * 1024)
    .describe(
      'Bytes in a compressed file or workbook once it is unpacked, at most. One with more fails with unpacked_too_large.',
    ),
  IMPORT_MAX_COMPRESSION_RATIO: z.coerce
    .number()
    .int()
    .min(10)
    .default(200)
    .describe(
      'How many times as large as it is a compressed file or workbook may become; the first 10 MiB are not counted. One that ' +
        'becomes larger fails with unpacked_too_large.',
    ),
  IMPORT_MAX_SHARED_STRINGS_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(64 * 1024 * 1024)
    .describe(
      'Bytes of different texts in a workbook, at most: a parse worker keeps them in memory. One with more fails with ' +
        'unpacked_too_large; as CSV it can be read.',
    ),
};

/** What travels with each import when its workflow starts. */
const jobStart = {
  IMPORT_RETRY_DELAYS_MS: delays
    .default([1_000, 5_000, 25_000])
    .describe(
      'Milliseconds before the 2nd, 3rd, ... attempt of a step that fails for a passing reason, separated by commas; after ' +
        'the last one it waits for an operator. Travels with each job: a change is for jobs accepted later.',
    ),
  IMPORT_MAX_HISTORY_EVENTS: z.coerce
    .number()
    .int()
    .min(50)
    .max(4_000)
    .default(3_500)
    .describe('Events after which a workflow goes on as a new run. Travels with each job.'),
};

/** What travels with each order when its workflow starts. */
const orderStart = {
  ORDER_RETRY_DELAYS_MS: delays
    .default([1_000, 5_000, 25_000])
    .describe(
      'Milliseconds before the 2nd, 3rd, ... attempt of a step of an order that fails for a passing reason, separated by commas; ' +
        'after the last one the order waits for an operator. Travels with each order.',
    ),
};

/** How fast orders of files are started. */
const orderPace = {
  ORDER_IMPORT_AT_WORK: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe(
      'Orders of imported files that are at work at a time, over all files; the others wait for their start. Orders over the API do not wait.',
    ),
};

/** How a webhook is sent; the API sends tests itself. */
const webhookSending = {
  WEBHOOKS_ALLOW_PRIVATE_NETWORKS: booleanText
    .default(false)
    .describe(
      'Lets webhooks go over plain HTTP and to addresses of the own network. For development and tests: elsewhere whoever ' +
        'manages webhooks could reach inner services with it.',
    ),
  WEBHOOKS_TIMEOUT_MS: z.coerce
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(15_000)
    .describe('Milliseconds that an attempt to deliver a webhook may take.'),
};

const webhookDelivery = {
  WEBHOOKS_RETRY_DELAYS_MS: delays
    .default([
      5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 50_400_000, 72_000_000, 86_400_000,
    ])
    .describe(
      'Milliseconds before the 2nd, 3rd, ... attempt to deliver a webhook, separated by commas, each give or take a tenth; after ' +
        'the last one the delivery is parked. By default that is three days.',
    ),
  WEBHOOKS_MAX_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(50)
    .default(5)
    .describe('Deliveries to one endpoint at a time. One that is failing gets one at a time.'),
  WEBHOOKS_SWITCH_OFF_AFTER_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .default(5 * 24 * 60 * 60 * 1_000)
    .describe('An endpoint is switched off that has only failed for so many milliseconds.'),
  WEBHOOK_DELIVERIES_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe(
      'Days after which events and their deliveries are removed, once nothing of them is on its way.',
    ),
};

const providerUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' }).optional();
const providerTimeout = z.coerce.number().int().min(100).max(60_000).default(10_000);

/** Who takes payments and who sends parcels. */
const providers = {
  PAYMENTS_PROVIDER: z
    .enum(['simulator', 'simulator-http', 'stripe'])
    .default('simulator')
    .describe(
      'Who takes the payments of orders: a simulator in the worker that moves no money, the same one behind HTTP (`npm run simulator`), ' +
        'or Stripe.',
    ),
  PAYMENTS_URL: providerUrl.describe(
    'Where simulator-http is. With stripe: something that answers like Stripe, for tests.',
  ),
  PAYMENTS_TIMEOUT_MS: providerTimeout.describe(
    'Milliseconds that a request about a payment may take. After that it is not known how it stands, and the same request finds out.',
  ),
  STRIPE_SECRET_KEY: z
    .string()
    .regex(/^(?:sk|rk)_\w+$/, 'must be a secret or restricted key of Stripe, which begins with sk_ or rk_')
    .optional()
    .describe('The key of the account at Stripe. Never logged.'),
  CARRIER_PROVIDER: z
    .enum(['simulator', 'simulator-http'])
    .default('simulator')
    .describe('Who sends the parcels of orders: as PAYMENTS_PROVIDER.'),
  CARRIER_URL: providerUrl.describe('Where simulator-http is.'),
  CARRIER_TIMEOUT_MS: providerTimeout.describe(
    'Milliseconds that a request about a parcel may take; as PAYMENTS_TIMEOUT_MS.',
  ),
};

type ProviderSettings = z.infer<z.ZodObject<typeof providers>>;

/** What a provider can't do without. */
function checkProviders(settings: ProviderSettings, context: Pick<z.core.$RefinementCtx, 'addIssue'>): void {
  const needed = [
    ['PAYMENTS_URL', 'PAYMENTS_PROVIDER', 'simulator-http'],
    ['STRIPE_SECRET_KEY', 'PAYMENTS_PROVIDER', 'stripe'],
    ['CARRIER_URL', 'CARRIER_PROVIDER', 'simulator-http'],
  ] as const;
  for (const [name, chosenBy, choice] of needed) {
    if (settings[chosenBy] !== choice || settings[name] !== undefined) continue;
    const message = `must be set, because ${chosenBy} is ${choice}`;
    context.addIssue({ code: 'custom', path: [name], message });
  }
}

const days = z.coerce.number().int().min(1).max(36_500);

/** How long what is kept. */
const retention = {
  RETENTION_FILES_DAYS: days
    .default(30)
    .describe(
      'Days after the end of a job for which its uploaded file is kept, with what was unpacked from it. After that a dry run ' +
        'can not be confirmed any more.',
    ),
  RETENTION_STAGING_DAYS: days
    .default(30)
    .describe(
      'Days after the end of a job for which the parsed rows of its file are kept: after that there are no rows, no ' +
        'errors.csv, no unprocessed.csv, no repair and no reset.',
    ),
  RETENTION_OUTCOMES_DAYS: days
    .default(90)
    .describe(
      'Days after the end of a job for which it is kept what became of each row. At least RETENTION_STAGING_DAYS and ' +
        'RETENTION_CHANGES_DAYS.',
    ),
  RETENTION_CHANGES_DAYS: days
    .default(90)
    .describe(
      'Days after the end of a job, or after a single request, for which the values before its changes are kept: the history ' +
        'of records, and what undoing a job needs.',
    ),
  RETENTION_JOBS_DAYS: days
    .default(365)
    .describe(
      'Days after its end for which a job itself is kept, with its counts. At least as many as each of the others. The audit ' +
        'log stays.',
    ),
};

/** What depends on what: the former is made of the latter, or can't be found without it. */
const RETENTION_ORDER: readonly [
  longer: keyof typeof retention,
  shorter: keyof typeof retention,
  why: string,
][] = [
  [
    'RETENTION_OUTCOMES_DAYS',
    'RETENTION_STAGING_DAYS',
    'without its outcome a row would look as if it waited',
  ],
  ['RETENTION_OUTCOMES_DAYS', 'RETENTION_CHANGES_DAYS', 'undoing a job takes both'],
  ['RETENTION_JOBS_DAYS', 'RETENTION_FILES_DAYS', 'a file without its job has no owner'],
  ['RETENTION_JOBS_DAYS', 'RETENTION_OUTCOMES_DAYS', 'outcomes without their job can not be found'],
];

const retentionSchema = z.object(retention).superRefine(checkRetention);

function checkRetention(
  settings: Record<keyof typeof retention, number>,
  context: Pick<z.core.$RefinementCtx, 'addIssue'>,
): void {
  for (const [longer, shorter, why] of RETENTION_ORDER) {
    if (settings[longer] >= settings[shorter]) continue;
    const message = `must be at least ${shorter} (${String(settings[shorter])}): ${why}`;
    context.addIssue({ code: 'custom', path: [longer], message });
  }
}

const workerSchema = z
  .object({
    ...shared,
    ...limits,
    ...jobStart,
    ...orderStart,
    ...orderPace,
    ...retention,
    ...webhookSending,
    ...webhookDelivery,
    ...providers,
    HOUSEKEEPING_INTERVAL_MS: z.coerce
      .number()
      .int()
      .min(1_000)
      .default(60_000)
      .describe(
        'Milliseconds between two rounds that start what a crash left unstarted and remove what nobody owns.',
      ),
    READINESS_PORT: port
      .default(0)
      .describe('Where a worker answers GET /health and GET /health/ready; 0 for nowhere.'),
    HOST: host,
    WORKFLOW_BUNDLE: z
      .string()
      .min(1)
      .optional()
      .describe(
        'File with the bundled workflows, made when an image is built; without it the worker bundles them at its start.',
      ),
  })
  .superRefine(checkRetention)
  .superRefine(checkProviders)
  .superRefine(checkTemporal);

const apiFields = {
  ...shared,
  HOST: host,
  PORT: port.default(3000).describe('The port of the API; 0 for any free one.'),
  /** A short or famous one would let anybody in. */
  AUTH_SECRET: z
    .string({ error: 'must be set: at least 32 random bytes, for example from `openssl rand -base64 32`' })
    .refine((text) => Buffer.byteLength(text) >= 32 && new Set(text).size >= 12, {
      error: 'must be at least 32 random bytes, for example from `openssl rand -base64 32`',
    })
    .describe(
      'The key that signs and verifies tokens (HS256): at least 32 random bytes, for example from `openssl rand -base64 32`.',
    ),
  AUTH_JWKS_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
    .optional()
    .describe(
      'Where an identity provider has its public keys (a JWKS). Its tokens are taken too then; AUTH_JWKS_ISSUER and ' +
        'AUTH_JWKS_AUDIENCE have to be set.',
    ),
  AUTH_JWKS_ISSUER: z
    .string()
    .min(1)
    .optional()
    .describe('The `iss` of the identity provider, exactly as in its tokens.'),
  AUTH_JWKS_AUDIENCE: z.string().min(1).optional().describe('The `aud` that its tokens for this API have.'),
  AUTH_JWKS_ALGORITHM: z
    .enum(['RS256', 'PS256', 'ES256', 'EdDSA'])
    .default('RS256')
    .describe('The one algorithm that it signs with; no other is taken.'),
  AUTH_JWKS_ROLE_CLAIM: z
    .string()
    .min(1)
    .default('role')
    .describe(
      'The claim of its tokens that holds viewer, operator or admin, alone or in a list; of several the highest counts.',
    ),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.enum(['loopback', 'uniquelocal'])])))
    .describe(
      'Addresses or networks of reverse proxies, separated by commas. Who comes through one of them is known by the address in its ' +
        'X-Forwarded-For; without it everybody behind it counts as one where attempts to sign in are counted.',
    ),
  RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(30_000)
    .describe(
      'Requests that one user or key may send in a minute, over all processes. More get 429 with Retry-After.',
    ),
  RATE_LIMIT_SIGN_INS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe('Attempts to sign in a browser from one address in a minute.'),
  RATE_LIMIT_UPLOADS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(120)
    .describe('Uploads that one user or key may begin in a minute.'),
  UPLOAD_QUOTA_BYTES_PER_DAY: z.coerce
    .number()
    .int()
    .min(1)
    .default(200 * 1024 * 1024 * 1024)
    .describe('Bytes that one user or key may upload in 24 hours. Checked before a body is read.'),
  UPLOADS_AT_A_TIME: z.coerce
    .number()
    .int()
    .min(1)
    .default(20)
    .describe('Uploads of one user or key that may be under way at a time.'),
  TEMPORAL_UI_URL: z
    .url()
    .optional()
    .describe(
      'Where browsers reach the Temporal Web UI. Links to workflows are left out when it is not set.',
    ),
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024 * 1024 * 1024)
    .describe('Bytes in an uploaded file, at most.'),
  ...reading,
  ...chunking,
  ...jobStart,
  ...orderStart,
  ...webhookSending,
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.url()))
    .describe(
      'Exact origins of other web apps that may call the API from a browser, separated by commas, such as https://app.example.com.',
    ),
  SECURE_COOKIES: booleanText
    .default(false)
    .describe('Set it behind TLS: browsers then send the session cookie over https only, and HSTS is on.'),
  LEGACY_OPEN: booleanText
    .default(false)
    .describe(
      'Admits clients of the older systems below /legacy without a token, as operator. Only where HOST is a loopback address.',
    ),
};

/** An issuer without its keys, or without whom a token must be for, would verify nothing, or too much. */
const JWKS_TOGETHER = ['AUTH_JWKS_URL', 'AUTH_JWKS_ISSUER', 'AUTH_JWKS_AUDIENCE'] as const;

const apiSchema = z.object(apiFields).superRefine((settings, context) => {
  checkTemporal(settings, context);
  const given = JWKS_TOGETHER.filter((name) => settings[name] !== undefined);
  for (const name of given.length === 0 ? [] : JWKS_TOGETHER) {
    if (settings[name] !== undefined) continue;
    context.addIssue({ code: 'custom', path: [name], message: `must be set, because ${given[0] ?? ''} is` });
  }
  const { LEGACY_OPEN, HOST } = settings;
  if (!LEGACY_OPEN || isLoopback(HOST)) return;
  const message = `can only be true where the API listens on loopback (HOST=127.0.0.1), not on ${HOST}: whoever reaches it could import and change records`;
  context.addIssue({ code: 'custom', path: ['LEGACY_OPEN'], message });
});

export type WorkerConfig = z.infer<typeof workerSchema>;
export type ApiConfig = z.infer<typeof apiSchema>;
export type RetentionSettings = z.infer<typeof retentionSchema>;
export type ImportLimits = Pick<WorkerConfig, keyof typeof limits>;
export type StorageSettings = Pick<WorkerConfig, keyof typeof storage>;
export type PaymentSettings = Pick<
  ProviderSettings,
  Extract<keyof typeof providers, `PAYMENTS_${string}` | `STRIPE_${string}`>
>;
export type CarrierSettings = Pick<ProviderSettings, Extract<keyof typeof providers, `CARRIER_${string}`>>;
export type WebhookSettings = Pick<
  WorkerConfig,
  keyof typeof webhookSending | keyof typeof webhookDelivery | 'ENCRYPTION_KEYS'
>;

/** A setting, in words for people. */
export interface SettingDescription {
  name: string;
  /** The processes that read it. */
  readBy: ('api' | 'worker')[];
  description: string;
  /** What it may be, where that can be said in few words; else empty. */
  values: string;
  /** As it would stand in the environment; null when there is none. */
  default: string | null;
  required: boolean;
}

/** Every setting, for the documentation. */
export function describeSettings(): SettingDescription[] {
  const found = new Map<string, SettingDescription>();
  for (const [reader, { shape }] of [
    ['api', apiSchema],
    ['worker', workerSchema],
  ] as const) {
    for (const [name, schema] of Object.entries<z.ZodType>(shape)) {
      const known = found.get(name);
      if (known === undefined) found.set(name, { name, readBy: [reader], ...describe(schema) });
      else known.readBy.push(reader);
    }
  }
  return [...found.values()];
}

function describe(schema: z.ZodType): Omit<SettingDescription, 'name' | 'readBy'> {
  const unset = schema.safeParse(undefined);
  return {
    description: schema.description ?? '',
    values: valuesOf(schema),
    default: textOf(unset.data) || null,
    required: !unset.success,
  };
}

/** A value as it would stand in the environment. */
function textOf(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function valuesOf(schema: z.ZodType): string {
  const { enum: words, type, minimum, maximum } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  if (words !== undefined) return words.join(', ');
  if (type === 'boolean') return 'true, false';
  if (type !== 'integer' || minimum === undefined) return '';
  const bounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  return bounded ? `${String(minimum)} to ${String(maximum)}` : `${String(minimum)} or more`;
}

/** Some settings are missing or malformed: the message names each. */
export class ConfigError extends Error {
  constructor(problems: string[]) {
    super(`settings are missing or malformed:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** @throws {ConfigError} with every fault at once */
export function loadWorkerConfig(env: NodeJS.ProcessEnv = process.env): WorkerConfig {
  return load(workerSchema, env);
}

/** @throws {ConfigError} with every fault at once */
export function loadApiConfig(env: NodeJS.ProcessEnv = process.env): ApiConfig {
  return load(apiSchema, env);
}

/**
 * How long what is kept, by itself.
 *
 * @throws {ConfigError} with every fault at once
 */
export function loadRetention(env: NodeJS.ProcessEnv = process.env): RetentionSettings {
  return load(retentionSchema, env);
}

/**
 * The keys by themselves, for scripts that look into workflows; undefined where none are set.
 *
 * @throws {ConfigError}
 */
export function loadEncryptionKeys(env: NodeJS.ProcessEnv = process.env): KeyRing | undefined {
  return load(z.object({ ENCRYPTION_KEYS: shared.ENCRYPTION_KEYS }), env).ENCRYPTION_KEYS;
}

/**
 * Where files are, by itself.
 *
 * @throws {ConfigError} with every fault at once
 */
export function loadStorageSettings(env: NodeJS.ProcessEnv = process.env): StorageSettings {
  return load(z.object(storage), env);
}

const temporalSchema = z.object(temporal).superRefine(checkTemporal);

/**
 * Where the Temporal server is and how it is spoken to, by itself.
 *
 * @throws {ConfigError} with every fault at once
 */
export function loadTemporalSettings(env: NodeJS.ProcessEnv = process.env): z.infer<typeof temporalSchema> {
  return load(temporalSchema, env);
}

function load<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  // An empty variable is how compose files and shells say "not set".
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = issue.path.join('.');
      const missing = given[name] === undefined && issue.code === 'invalid_type';
      return `${name} ${missing ? 'must be set' : issue.message}`;
    }),
  );
}
