import type { DeliveryJson, WebhookJson } from '../../contracts/http/webhook.ts';
import type { ListedDelivery } from '../../prisma/repositories/webhook-deliveries.ts';
import type { WebhookEndpoint } from '../../prisma/repositories/webhook-endpoints.ts';

/** An endpoint as the API shows it. */
export function viewWebhook(endpoint: WebhookEndpoint): WebhookJson {
  return {
    ...endpoint,
    disabledAt: timeOf(endpoint.disabledAt),
    failingSince: timeOf(endpoint.failingSince),
    heldUntil: timeOf(endpoint.heldUntil),
    previousSecretUntil: timeOf(endpoint.previousSecretUntil),
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: endpoint.updatedAt.toISOString(),
  };
}

/** A delivery as the API shows it. */
export function viewDelivery({ tries, attempts, ...delivery }: ListedDelivery): DeliveryJson {
  return {
    ...delivery,
    attemptCount: attempts,
    attempts: tries.map((attempt) => ({ ...attempt, at: new Date(attempt.at).toISOString() })),
    nextTryAt: timeOf(delivery.nextTryAt),
    createdAt: delivery.createdAt.toISOString(),
    endedAt: timeOf(delivery.endedAt),
  };
}

function timeOf(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}
