import { type Logger, pino } from 'pino';
import { jobIdOfWorkflow } from '../contracts/temporal/ids.ts';
import { traceIds } from './tracing.ts';

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
  'STRIPE_SECRET_KEY',
  'secretKey',
  'paymentToken',
  // What PostgreSQL adds to an error holds values of the row.
  'detail',
  'where',
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/**
 * Structured logs, one JSON object a line on standard error, so that standard output stays free for results.
 *
 * A line says what it is about as `event`, and of which request or job as `correlation_id`: the id of the request, which its
 * answer carries too, or else of the job, as in the job's events. The id of a job, of whatever type, is `import_job_id`. Where
 * traces are made, `trace_id` and `span_id` lead to them.
 *
 * @param service which process speaks, for example `api` or `parse-worker`
 */
export function createLog(service: string, level: string): Logger {
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: nameJob },
      messageKey: 'message',
      mixin: traceIds,
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

/** Finds out about which job a line is: from `jobId`, or from the workflow that it comes from. */
function nameJob({ jobId, ...line }: Record<string, unknown>): Record<string, unknown> {
  const workflowId = line.workflowId ?? line.workflow_id;
  const own = typeof workflowId === 'string' ? jobIdOfWorkflow(workflowId) : null;
  const job = jobId ?? own;
  return job === null ? line : { correlation_id: own ?? job, ...line, import_job_id: job };
}
