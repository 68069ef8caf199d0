import { getClient, log } from '@temporalio/activity';
import { wakeFeed } from '../../platform/webhook-workflows.ts';

/** Says, after a commit, that there may be an event to be announced. Best effort: the feed looks by itself every ten seconds. */
export async function announceSoon(): Promise<void> {
  try {
    await wakeFeed(getClient());
  } catch (error) {
    log.info('events will be announced a little later', { event: 'wake_up_failed', error });
  }
}
