import type pg from 'pg';
import type { Request } from 'express';
import type { ApiConfig } from '../../platform/config.ts';
import type { Logger } from '../../platform/log.ts';
import { UPLOAD_TIMEOUT_MS } from '../../platform/upload-timeout.ts';
import { endUpload, takeUploadPlace } from '../../prisma/repositories/uploads.ts';
import { tooMany } from './rate-limit.ts';

type Settings = Pick<ApiConfig, 'UPLOAD_QUOTA_BYTES_PER_DAY' | 'UPLOADS_AT_A_TIME' | 'MAX_UPLOAD_BYTES'>;

/** How much of an upload's size is not known before it was read: one may come in pieces without a length. */
export interface UploadQuota {
  /**
   * Takes a place for an upload, before any of its body is read.
   *
   * @returns ends it; takes how many bytes are stored, 0 when it came to nothing
   * @throws {HttpProblem} `too-many-requests`
   */
  begin(principal: string, request: Request): Promise<(storedBytes: number) => Promise<void>>;
}

/** Uploads under way that seldom take longer than this free their place soon. */
const PLACE_RETRY_SECONDS = 10;

/** What each caller may upload, counted by all processes together. */
export function createUploadQuota(pool: pg.Pool, settings: Settings, log: Pick<Logger, 'warn'>): UploadQuota {
  const { UPLOAD_QUOTA_BYTES_PER_DAY: maxBytes, UPLOADS_AT_A_TIME: maxAtATime, MAX_UPLOAD_BYTES } = settings;
  return {
    async begin(principal, request) {
      const announced = Number(request.headers['content-length'] ?? NaN);
      const place = await takeUploadPlace(pool, {
        principal,
        bytes: Math.min(Number.isFinite(announced) ? announced : MAX_UPLOAD_BYTES, MAX_UPLOAD_BYTES),
        maxBytes,
        maxAtATime,
        endsWithinMs: UPLOAD_TIMEOUT_MS,
      });
      if ('id' in place) {
        return async (storedBytes) => {
          try {
            await endUpload(pool, place.id, storedBytes);
          } catch (err) {
            // It then counts as announced for a day, and as under way until it would have timed out.
            log.warn({ event: 'upload_not_settled', err }, 'the quota of an upload could not be settled');
          }
        };
      }
      if (place.usedUp === 'places') {
        const detail = `You may have ${String(maxAtATime)} uploads under way at a time. Wait until one has ended.`;
        throw tooMany(detail, PLACE_RETRY_SECONDS);
      }
      const detail = `You may upload ${String(maxBytes)} bytes in 24 hours, and this would be more.`;
      throw tooMany(detail, place.retryAfterSeconds);
    },
  };
}
