import { context } from '@opentelemetry/api';
import type pg from 'pg';
import { systemCodeOf } from '../platform/error-table.ts';
import { endFailedSpan, startDatabaseSpan } from '../platform/tracing.ts';

/** Long statements, such as those with a list of many columns, are cut off. */
const MAX_STATEMENT = 2_000;

type Query = (...args: unknown[]) => unknown;

/**
 * Makes each statement of a pool a span of the trace in which it is asked for, COPY and Prisma's statements included. Statements
 * that belong to no trace, such as those of a timer, are none. Values never stand in a span, as they do not stand in a statement.
 */
export function traceQueries(pool: pg.Pool): void {
  const connect = pool.connect.bind(pool) as (callback?: (...args: unknown[]) => void) => unknown;
  // Whoever waits for a connection is called by the one who gives it back, and would take over its trace.
  pool.connect = ((callback?: (...args: unknown[]) => void) =>
    connect(callback && context.bind(context.active(), callback))) as typeof pool.connect;
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as Query;
    client.query = ((...args: unknown[]) => traced(query, args)) as typeof client.query;
  });
}

function traced(query: Query, args: unknown[]): unknown {
  const [asked] = args;
  const { name, text } = statementOf(asked);
  const span = startDatabaseSpan(name, {
    'db.system.name': 'postgresql',
    'db.query.text': text.slice(0, MAX_STATEMENT),
  });
  if (span === null) return query(...args);
  const ended = (error: unknown): void => {
    if (error == null) span.end();
    else endFailedSpan(span, systemCodeOf(error));
  };
  const last = args.at(-1);
  if (typeof last === 'function') {
    const callback = context.bind(context.active(), last as (...results: unknown[]) => void);
    args[args.length - 1] = (error: unknown, ...results: unknown[]) => {
      ended(error);
      callback(error, ...results);
    };
    return query(...args);
  }
  const result = query(...args);
  if (result instanceof Promise) {
    result.then(() => ended(null), ended);
  } else if (isStream(result)) {
    // COPY: the statement is the stream, and goes on until that has ended.
    result.once('close', () => ended(null));
    result.once('error', ended);
  } else {
    span.end();
  }
  return result;
}

function statementOf(asked: unknown): { name: string; text: string } {
  const query =
    typeof asked === 'object' && asked !== null ? (asked as { text?: unknown; name?: unknown }) : {};
  const text = typeof asked === 'string' ? asked : typeof query.text === 'string' ? query.text : '';
  const verb = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? 'query';
  return { name: typeof query.name === 'string' ? query.name : verb, text };
}

function isStream(result: unknown): result is NodeJS.EventEmitter {
  return typeof result === 'object' && result !== null && 'pipe' in result && 'once' in result;
}
