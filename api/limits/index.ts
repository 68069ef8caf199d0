import type { Request } from 'express';
import type { AppDeps } from '../deps.ts';
import { createRateLimit } from './rate-limit.ts';
import { createUploadQuota, type UploadQuota } from './upload-quota.ts';

/** What each caller may ask for. */
export interface Limits {
  /** Of whoever has proved who it is. @throws {HttpProblem} `too-many-requests` */
  request(principal: string): Promise<void>;
  /** By address: who signs in is not known yet. @throws {HttpProblem} `too-many-requests` */
  signIn(request: Request): Promise<void>;
  /** @throws {HttpProblem} `too-many-requests` */
  upload: UploadQuota['begin'];
}

/** A hundredth of the limit is fetched at a time: of that little goes astray, and most requests cost nothing. */
const BATCHES = 100;

export function createLimits({
  config,
  database,
  log,
}: Pick<AppDeps, 'config' | 'database' | 'log'>): Limits {
  const { pool } = database;
  const requests = createRateLimit(pool, {
    name: 'requests',
    perMinute: config.RATE_LIMIT_PER_MINUTE,
    batch: Math.max(1, Math.floor(config.RATE_LIMIT_PER_MINUTE / BATCHES)),
    detail: `You may send ${String(config.RATE_LIMIT_PER_MINUTE)} requests a minute.`,
  });
  const signIns = createRateLimit(pool, {
    name: 'sign-ins',
    perMinute: config.RATE_LIMIT_SIGN_INS_PER_MINUTE,
    detail: 'There were too many attempts to sign in from your address.',
  });
  const uploads = createRateLimit(pool, {
    name: 'uploads',
    perMinute: config.RATE_LIMIT_UPLOADS_PER_MINUTE,
    detail: `You may send ${String(config.RATE_LIMIT_UPLOADS_PER_MINUTE)} uploads a minute.`,
  });
  const quota = createUploadQuota(pool, config, log);
  return {
    request: (principal) => requests.count(principal),
    signIn: (request) => signIns.count(request.ip ?? ''),
    async upload(principal, request) {
      await uploads.count(principal);
      return await quota.begin(principal, request);
    },
  };
}
