import { getClient } from '@temporalio/activity';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { wakeFeed } from '../../platform/webhook-workflows.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** The events are rows: whoever finds that nobody announces them has them announced. */
export function createWakeWebhooks(): HousekeepingActivities['wakeWebhooks'] {
  return async () => withHeartbeat(() => wakeFeed(getClient()));
}
