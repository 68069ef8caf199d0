import { z } from 'zod';

/**
 * Settings, all from the environment, read once at start-up. docs/configuration and .env.example follow this file.
 */
const booleanText = z.enum(['true', 'false']).transform((text) => text === 'true');
const port = z.coerce.number().int().min(0).max(65_535);
const delays = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'must be whole numbers of milliseconds, separated by commas')
  .transform((text) => text.split(',').map(Number));

const shared = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
  TEMPORAL_ADDRESS: z.string().min(1).default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().min(1).default('default'),
  STORAGE_DIR: z.string().min(1).default('.longshore/files'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
};

/** Bounds of what is read. */
const limits = {
  IMPORT_CHUNK_ROWS: z.coerce.number().int().min(1).max(100_000).default(10_000),
  IMPORT_CHUNK_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(4 * 1024 * 1024),
  IMPORT_MAX_RECORD_BYTES: z.coerce
    .number()
    .int()
    .min(1_024)
    .default(1024 * 1024),
  IMPORT_MAX_COLUMNS: z.coerce.number().int().min(1).default(500),
  IMPORT_MAX_ROWS: z.coerce.number().int().min(1).max(2_000_000_000).default(50_000_000),
};

const workerSchema = z.object({
  ...shared,
  ...limits,
  /** Where this worker answers /health/ready and /metrics; 0 for none. */
  READINESS_PORT: port.default(0),
  HOST: z.string().min(1).default('127.0.0.1'),
});

const apiSchema = z.object({
  ...shared,
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  /** The key of HS256 tokens. A short or famous one would let anybody in. */
  AUTH_SECRET: z
    .string({ error: 'must be set: at least 32 random bytes, for example from `openssl rand -base64 32`' })
    .refine((text) => Buffer.byteLength(text) >= 32 && new Set(text).size >= 12, {
      error: 'must be at least 32 random bytes, for example from `openssl rand -base64 32`',
    }),
  /** Where browsers reach the Temporal Web UI; links to workflows are left out when it is not set. */
  TEMPORAL_UI_URL: z.url().optional(),
  MAX_UPLOAD_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024 * 1024 * 1024),
  IMPORT_RETRY_DELAYS_MS: delays.default([1_000, 5_000, 25_000]),
  IMPORT_MAX_HISTORY_EVENTS: z.coerce.number().int().min(50).max(4_000).default(3_500),
  /** Exact origins of other web apps that may call the API from a browser, separated by commas. */
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter(Boolean))
    .pipe(z.array(z.url())),
  /** Behind TLS: the session cookie is then sent over https only. */
  SECURE_COOKIES: booleanText.default(false),
});

export type WorkerConfig = z.infer<typeof workerSchema>;
export type ApiConfig = z.infer<typeof apiSchema>;
export type ImportLimits = Pick<WorkerConfig, keyof typeof limits>;

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
