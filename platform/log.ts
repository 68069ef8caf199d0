import { type Logger, pino } from 'pino';

export type { Logger };

/** What never stands in a log, wherever an object that holds it is logged. */
const REDACTED = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'token',
  'ticket',
  'DATABASE_URL',
  'AUTH_SECRET',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/**
 * Structured logs, one JSON object a line on standard error, so that standard output stays free for results.
 *
 * @param service which process speaks, for example `api` or `parse-worker`
 */
export function createLog(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'message',
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}
