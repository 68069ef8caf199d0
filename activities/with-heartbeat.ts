import { activityInfo, heartbeat } from '@temporalio/activity';

/**
 * Tells the server, a few times within the heartbeat time-out, that this attempt is alive, while it works or waits for the
 * database. A process that was killed says nothing any more, and its part starts again after one time-out.
 */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const { heartbeatTimeoutMs } = activityInfo();
  if (heartbeatTimeoutMs === undefined) return work();
  const timer = setInterval(heartbeat, heartbeatTimeoutMs / 4);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
