import type { WorkerConfig } from '../platform/config.ts';
import { createTemporalClient } from '../platform/temporal-connection.ts';
import { wakeFeed } from '../platform/webhook-workflows.ts';

/** Sees to it that the workflow runs which announces events. */
export async function startWebhookFeed(config: WorkerConfig): Promise<void> {
  const client = createTemporalClient(config);
  try {
    await wakeFeed(client);
  } finally {
    await client.connection.close();
  }
}
