import { cancellationSignal } from '@temporalio/activity';
import { sendRequest, type SenderSettings } from '../../adapters/webhooks/send-request.ts';
import type { WebhookActivities } from '../../contracts/temporal/webhook-activities.ts';
import { encodeEvent } from '../../domain/webhooks/encode-event.ts';
import { nextDelayMs, readRetryAfter } from '../../domain/webhooks/retry-schedule.ts';
import { signedHeaders } from '../../domain/webhooks/signature.ts';
import type { WebhookSettings } from '../../platform/config.ts';
import { observeDelivery } from '../../platform/work-metrics.ts';
import { openWebhookSecrets } from '../../platform/webhook-secrets.ts';
import type { Database } from '../../prisma/client.ts';
import {
  type AttemptReport,
  claimDelivery,
  type ClaimedDelivery,
  readOutlook,
  recordAttempt,
} from '../../prisma/repositories/webhook-deliveries.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** One call goes on for this long, in milliseconds, while something is due. With the last attempt it ends before a stop does. */
const BUDGET_MS = 5_000;

/** What recording an attempt may take, on top of the attempt itself, before another worker takes the delivery. */
const RECORDING_MS = 10_000;

/** HTTP: the receiver is gone for good. */
const GONE = 410;
/** HTTP: too many requests, service unavailable. With Retry-After they speak for the whole receiver. */
const BUSY: readonly (number | null)[] = [429, 503];

export interface DeliverDueDeps {
  db: Database;
  webhooks: WebhookSettings;
}

/** Sends what is due for an endpoint. An attempt counts once: its report is held against the claim under which it was made. */
export function createDeliverDue({ db, webhooks }: DeliverDueDeps): WebhookActivities['deliverDue'] {
  const settings: SenderSettings = {
    timeoutMs: webhooks.WEBHOOKS_TIMEOUT_MS,
    allowPrivate: webhooks.WEBHOOKS_ALLOW_PRIVATE_NETWORKS,
  };
  const leaseMs = settings.timeoutMs + RECORDING_MS;

  return async ({ endpointId, maxDeliveries }) =>
    withHeartbeat(async () => {
      const deadline = Date.now() + BUDGET_MS;
      for (let sent = 0; sent < (maxDeliveries ?? Infinity); sent += 1) {
        if (Date.now() >= deadline || cancellationSignal().aborted) break;
        const delivery = await claimDelivery(db.pool, endpointId, leaseMs);
        if (delivery === null) break;
        const report = await attempt(delivery);
        observeDelivery(report.latencyMs, report.error);
        await recordAttempt(db.pool, endpointId, delivery, report, webhooks.WEBHOOKS_SWITCH_OFF_AFTER_MS);
      }
      return await lookAhead(endpointId);
    });

  async function attempt({ url, secrets, event, failures }: ClaimedDelivery): Promise<AttemptReport> {
    const body = encodeEvent({
      id: event.id,
      type: event.type,
      version: event.version,
      timestamp: event.createdAt.toISOString(),
      correlationId: event.correlationId,
      data: event.data,
    });
    const { retryAfter, ...result } = await sendRequest(
      url,
      signedHeaders(event.id, body, openWebhookSecrets(webhooks.ENCRYPTION_KEYS, secrets), new Date()),
      body,
      settings,
    );
    const { status, error } = result;
    const waitMs = error === null ? null : readRetryAfter(retryAfter, new Date());
    return {
      ...result,
      nextDelayMs:
        error === null
          ? null
          : nextDelayMs(failures + 1, webhooks.WEBHOOKS_RETRY_DELAYS_MS, waitMs, Math.random()),
      holdMs: BUSY.includes(status) ? waitMs : null,
      isGone: status === GONE,
    };
  }

  async function lookAhead(endpointId: string): ReturnType<WebhookActivities['deliverDue']> {
    const { WEBHOOKS_MAX_CONCURRENCY } = webhooks;
    const outlook = await readOutlook(db.pool, endpointId, WEBHOOKS_MAX_CONCURRENCY);
    if (outlook === null) return { isActive: false, lanes: 0, nextInMs: null };
    const { due, nextInMs, isFailing } = outlook;
    // One that fails is asked gently, and keeps one worker busy at most.
    return { isActive: true, lanes: Math.min(due, isFailing ? 1 : WEBHOOKS_MAX_CONCURRENCY), nextInMs };
  }
}
