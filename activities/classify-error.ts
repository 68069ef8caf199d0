import { FileMissingError } from '../adapters/storage/storage.ts';
import { PART_ERRORS, type PartErrorCode } from '../contracts/errors.ts';

/**
 * The one table that tells transient errors from permanent ones.
 * Source of the classes: PostgreSQL manual, appendix "PostgreSQL Error Codes".
 */
const SQLSTATE: Record<string, PartErrorCode> = {
  // Whole classes, by the first two characters.
  '08': 'database_unavailable', // connection exception
  '22': 'data_refused', // data exception
  '23': 'data_refused', // integrity constraint violation
  '25': 'database_timeout', // invalid transaction state: the idle time-out ended it
  '40': 'database_conflict', // transaction rollback: serialisation failure, deadlock
  '53': 'database_limit', // insufficient resources
  '57': 'database_unavailable', // operator intervention: shutdown, recovery
  '58': 'database_unavailable', // system error
  // Single codes, which win over their class.
  '23505': 'database_conflict', // unique violation: somebody created the same record at the same time; next time it is there
  '55P03': 'database_timeout', // lock not available
  '57014': 'database_timeout', // query cancelled: the statement time-out
  '25006': 'database_unavailable', // read-only transaction: a standby that is about to take over
};

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const STORAGE_CODES = new Set([
  'ENOSPC',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'EACCES',
  'EROFS',
  'EBUSY',
  'EAGAIN',
]);

/** Errors of the connection pool and of Node's sockets that come without a code. */
const CONNECTION_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

export interface ClassifiedError {
  code: PartErrorCode | 'file_missing';
  retryable: boolean;
  /** What an operator reads. It goes through Temporal, where no values of rows may stand. */
  message: string;
}

/** Finds out what an error means for the part of a job that ran into it. */
export function classifyError(error: unknown): ClassifiedError {
  if (error instanceof FileMissingError)
    return { code: 'file_missing', retryable: false, message: error.message };
  const code = codeOf(error);
  const partCode = partCodeOf(error, code);
  const { retryable } = PART_ERRORS[partCode];
  return { code: partCode, retryable, message: describe(error, partCode, code) };
}

function describe(error: unknown, partCode: PartErrorCode, code: string | undefined): string {
  const { text } = PART_ERRORS[partCode];
  const named = code === undefined ? text : `${text} [${code}]`;
  // The database quotes the value that it refuses: that stays in the log of the worker.
  if (partCode === 'data_refused') return named;
  return `${named} ${error instanceof Error ? error.message : String(error)}`;
}

function partCodeOf(error: unknown, code: string | undefined): PartErrorCode {
  if (code !== undefined) {
    if (/^[0-9A-Z]{5}$/.test(code)) return SQLSTATE[code] ?? SQLSTATE[code.slice(0, 2)] ?? 'database_error';
    if (CONNECTION_CODES.has(code)) return 'database_unavailable';
    if (STORAGE_CODES.has(code)) return 'storage_unavailable';
  }
  if (error instanceof Error && CONNECTION_MESSAGE.test(error.message)) return 'database_unavailable';
  return 'program_error';
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
