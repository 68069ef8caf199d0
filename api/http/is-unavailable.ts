/** Of the operating system: no way to the database, or no room and no access in the storage. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOSPC',
  'EDQUOT',
  'EROFS',
  'EIO',
  'EMFILE',
  'ENFILE',
]);

/**
 * SQLSTATEs after which the same request may well succeed later: connection (08), sign-in refused (28), no such database,
 * too few resources (53), operator intervention (57: shutting down, starting up, time-out), lock not available.
 */
const SQL_STATES = /^(?:08...|28...|3D000|53...|57P0[1-5]|57014|55P03)$/;

/** Prisma: can't reach, time-out, connection closed, no free connection. */
const PRISMA_CODES = /^(?:P1001|P1002|P1008|P1017|P2024)$/;

/** The driver has no codes for these. */
const DRIVER_MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Cannot use a pool after)/;

/** Whether an error says that a part of the system is away for now, and not that the program is wrong. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError && error.errors.some(isUnavailable)) return true;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code === 'string') {
    if (SYSTEM_CODES.has(code) || SQL_STATES.test(code) || PRISMA_CODES.test(code)) return true;
  }
  if (DRIVER_MESSAGES.test(error.message)) return true;
  return error.cause !== undefined && isUnavailable(error.cause);
}
