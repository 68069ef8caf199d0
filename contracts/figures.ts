import type { TaskQueue } from './temporal/queues.ts';
import type { JobStatus, JobType } from './words.ts';

/** How many wait, and how long the one that has waited longest does so. */
export interface Waiting {
  count: number;
  /** In seconds; 0 when none waits. */
  oldestSeconds: number;
}

/** What operators watch, as it stands in the database. */
export interface DatabaseFigures {
  jobs: { type: JobType; status: JobStatus; count: number }[];
  /** Parts of jobs that wait for an operator. */
  parkedParts: Waiting;
  /** Orders on their way; not those of files that wait for their start. */
  ordersAtWork: Waiting;
  /** Orders that wait for an operator. */
  ordersParked: Waiting;
  /** Deliveries of webhooks on their way, those included that are tried again. */
  pendingDeliveries: Waiting;
  /** Of those the ones that should be under way by now. */
  overdueDeliveries: Waiting;
  /** Deliveries that are not tried any more. */
  parkedDeliveries: Waiting;
  /** Events that nobody has made deliveries of yet. */
  unannouncedEvents: Waiting;
}

/** What the Temporal server says of a task queue. */
export interface QueueFigures {
  queue: TaskQueue;
  type: 'workflow' | 'activity';
  /** Tasks that wait for a worker, about. */
  backlog: number;
  /** Of the task that waits longest, in seconds. */
  backlogSeconds: number;
  /** Workers that have asked for tasks in the last minutes. */
  pollers: number;
}
