/** On the `webhooks` queue. Arguments and results are ids and counts: what is sent stays in the database. */

/** What is ahead for an endpoint. */
export interface DeliveryOutlook {
  /** False for an endpoint that is gone or switched off: there is nothing to do. */
  isActive: boolean;
  /** How many lanes have something to do now, within the limit of deliveries at a time. */
  lanes: number;
  /** Until the next delivery is due, in milliseconds; null when nothing is on its way. */
  nextInMs: number | null;
}

export interface WebhookActivities {
  /**
   * Makes deliveries of events that have not been announced, and wakes the workflows of their endpoints, as well as those of
   * endpoints where something is overdue.
   * @returns whether there may be more
   */
  announceEvents: () => Promise<{ more: boolean }>;
  /**
   * Sends what is due for an endpoint, one after the other, for a few seconds.
   * `maxDeliveries` bounds how many; null does not.
   */
  deliverDue: (ref: { endpointId: string; maxDeliveries: number | null }) => Promise<DeliveryOutlook>;
  /** Sets deliveries going again: one, or all that were parked since a time (ISO 8601). */
  redeliver: (ref: { endpointId: string } & RedeliverInput) => Promise<{ redelivered: number }>;
}

/** Payload of the signal `redeliver`. Without either, all that is parked. */
export interface RedeliverInput {
  deliveryId?: string;
  since?: string;
}

/** Input of the workflow of an endpoint. */
export interface WebhookEndpointInput {
  endpointId: string;
  /** Continue as new once the history has this many events. */
  maxHistoryEvents?: number;
}

/** Input of the workflow that announces events. */
export interface WebhookFeedInput {
  /** How often it looks by itself, in milliseconds. */
  intervalMs?: number;
  maxHistoryEvents?: number;
}
