import type { PartErrorCode } from '../contracts/errors.ts';
import { PartError } from './part-error.ts';

/**
 * The one table that tells what an error of a part of the system means, and with that whether it can heal.
 * Source of the classes: PostgreSQL manual, appendix "PostgreSQL Error Codes".
 */
const SQLSTATE: Record<string, PartErrorCode> = {
  // Whole classes, by the first two characters.
  '08': 'database_unavailable', // connection exception
  '22': 'data_refused', // data exception
  '23': 'data_refused', // integrity constraint violation
  '25': 'database_timeout', // invalid transaction state: the idle time-out ended it
  '28': 'database_unavailable', // sign-in refused: a password that is being changed
  '3D': 'database_unavailable', // no such database: one that is being restored
  '40': 'database_conflict', // transaction rollback: serialisation failure, deadlock
  '53': 'database_limit', // insufficient resources
  '57': 'database_unavailable', // operator intervention: shutdown, recovery
  '58': 'database_unavailable', // system error
  // Single codes, which win over their class.
  '23505': 'database_conflict', // unique violation: somebody created the same record at the same time; next time it is there
  '25006': 'database_unavailable', // read-only transaction: a standby that is about to take over
  '55P03': 'database_timeout', // lock not available
  '57014': 'database_timeout', // query cancelled: the statement time-out
};

/** Of the operating system: no way to the database. */
const CONNECTION_CODES =
  /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** Of the operating system: no room, no access or no descriptors in the storage. */
const STORAGE_CODES = /^(?:ENOSPC|EDQUOT|EIO|EMFILE|ENFILE|EACCES|EROFS|EBUSY|EAGAIN)$/;

/**
 * Of S3-compatible storage: refusals that the same request, sent again, may well escape.
 * Source: Amazon S3 API Reference, "Error responses". Statuses from 500 on, 408, 409 and 429 heal as well. So do 401, 403 and a
 * bucket that is not there: keys that are being changed, a policy that is being mended, as with a database that refuses to let us in.
 */
const S3_PASSING_CODES =
  /^(?:BadDigest|ExpiredToken|IncompleteBody|InternalError|InvalidAccessKeyId|InvalidToken|NoSuchBucket|NoSuchUpload|RequestTimeout|RequestTimeTooSkewed|ServiceUnavailable|SlowDown|TokenRefreshRequired|XAmzContentChecksumMismatch)$/;
const S3_PASSING_STATUSES: ReadonlySet<number> = new Set([401, 403, 408, 409, 429]);
/** The server does not know how to do it: no wait will teach it. */
const S3_NOT_IMPLEMENTED = 501;

/** Prisma: can't reach, time-out, connection closed, no free connection. */
const PRISMA_CODES = /^(?:P1001|P1002|P1008|P1017|P2024)$/;

/** The driver and its pool have no codes for these. */
const DRIVER_MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Cannot use a pool after)/;

/** What an error means: the first thing in it, or in what caused it, that the table knows; else a fault of the program. */
export function partCodeOf(error: unknown): PartErrorCode {
  if (!(error instanceof Error)) return 'program_error';
  if (error instanceof PartError) return error.partCode;
  const known = byCode(systemCodeOf(error));
  if (known !== undefined) return known;
  if (DRIVER_MESSAGES.test(error.message)) return 'database_unavailable';
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  const meanings = causes.map(partCodeOf);
  return meanings.find((meaning) => meaning !== 'program_error') ?? 'program_error';
}

/**
 * What it means that S3-compatible storage refused a request, or did not answer it.
 *
 * @param code what the storage calls it
 * @param status of its answer; undefined where there was none
 */
export function storageCodeOf(
  code: string,
  status: number | undefined,
): Extract<PartErrorCode, `storage_${string}`> {
  const passes =
    status === undefined ||
    S3_PASSING_CODES.test(code) ||
    S3_PASSING_STATUSES.has(status) ||
    (status >= 500 && status !== S3_NOT_IMPLEMENTED);
  return passes ? 'storage_unavailable' : 'storage_refused';
}

/** The code that the database, the operating system or Prisma gave an error, if any. */
export function systemCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function byCode(code: string | undefined): PartErrorCode | undefined {
  if (code === undefined) return undefined;
  if (PRISMA_CODES.test(code)) return 'database_unavailable';
  if (CONNECTION_CODES.test(code)) return 'database_unavailable';
  if (STORAGE_CODES.test(code)) return 'storage_unavailable';
  // SQLSTATEs have five characters and always a digit, unlike the names of the operating system.
  if (/^(?=.*\d)[0-9A-Z]{5}$/.test(code))
    return SQLSTATE[code] ?? SQLSTATE[code.slice(0, 2)] ?? 'database_error';
  return undefined;
}
