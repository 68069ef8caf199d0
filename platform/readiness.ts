import { createServer } from 'node:http';

/** Checks by the name of what is checked; each resolves when it is well. */
export type HealthChecks = Record<string, () => Promise<unknown>>;

export interface HealthReport {
  status: 'ok' | 'unavailable';
  checks: Record<string, 'ok' | 'down'>;
}

/** A dependency that does not answer within this time is as good as away. */
const CHECK_TIMEOUT_MS = 2_000;

/** Runs all checks at once. Says which failed, not why: the answer is public, the reason is in the log of what failed. */
export async function runHealthChecks(checks: HealthChecks): Promise<HealthReport> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await isWell(check)] as const),
  );
  const allWell = results.every(([, result]) => result === 'ok');
  return { status: allWell ? 'ok' : 'unavailable', checks: Object.fromEntries(results) };
}

async function isWell(check: () => Promise<unknown>): Promise<'ok' | 'down'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error('no answer in time'));
    }, CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([check(), timeout]);
    return 'ok';
  } catch {
    return 'down';
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Answers GET /health (the process runs), GET /health/ready (all checks pass: 200, else 503) and GET /metrics for a process
 * that has no other HTTP server.
 *
 * @param where port 0 opens none
 */
export async function serveReadiness(
  where: { host: string; port: number },
  checks: () => HealthChecks,
  metrics: { contentType: string; read: () => Promise<string> },
): Promise<{ close: () => Promise<void> }> {
  if (where.port === 0) return { close: () => Promise.resolve() };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url === '/health') {
      answer(200, { status: 'ok' });
    } else if (request.url === '/health/ready') {
      void runHealthChecks(checks()).then((report) => {
        answer(report.status === 'ok' ? 200 : 503, report);
      });
    } else if (request.url === '/metrics') {
      metrics.read().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        () => {
          answer(500, { status: 'not readable' });
        },
      );
    } else {
      answer(404, { status: 'not found' });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where.port, where.host, resolve);
  });
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
