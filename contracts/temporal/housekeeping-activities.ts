/** On the `apply` queue: what is done from time to time, whatever else happens. Each may be repeated. */
export interface HousekeepingActivities {
  /** Starts the jobs that were accepted and whose workflow was never started: the API died, or Temporal was away. */
  startPendingJobs: () => Promise<{ started: number }>;
  /**
   * Looks whether the workflows of jobs that have not ended run, and marks the jobs whose workflow was terminated or deleted
   * from outside.
   */
  watchWorkflows: () => Promise<{ found: number }>;
  /**
   * Starts the orders that were created, or sent back into work, and whose workflow was never started. Marks those whose
   * workflow was terminated or deleted from outside.
   */
  keepOrders: () => Promise<{ started: number; closed: number; failing: number }>;
  /** Removes what has been kept of ended jobs for its time. */
  removeExpired: () => Promise<RemovedCounts>;
  /** Removes files that no job owns any more and uploads that were never finished, once no upload can still be under way. */
  removeOrphanFiles: () => Promise<{ removed: number }>;
  /** Wakes the workflow that fills the search tables, when there is something for it to do. */
  indexLeftovers: () => Promise<{ waiting: boolean }>;
  /** Sees to it that the workflow which announces events runs. That one wakes those of the endpoints. */
  wakeWebhooks: () => Promise<void>;
  /** Removes events and their deliveries that have been kept for long enough. */
  removeOldDeliveries: () => Promise<{ removed: number }>;
}

/** What went because of its age. */
export interface RemovedCounts {
  /** Files, staging, outcomes or changes of a job that count as gone from now on. */
  parts: number;
  /** Rows of them, and changes of single requests, that were removed. */
  rows: number;
  /** Idempotency keys. */
  keys: number;
  jobs: number;
}

/** What a round did. */
export interface HousekeepingResult {
  started: number;
  /** Jobs whose workflow was found to be closed, or to run again. */
  found: number;
  removed: number;
  /** Whether records waited to be brought into the search tables. */
  indexing: boolean;
  /** Events that were removed with their deliveries. */
  oldEvents: number;
  /** Orders that were started, and such whose workflow was found to be closed. Missing in rounds from before there were orders. */
  orders?: { started: number; closed: number };
  /** Missing in rounds from before there was a retention. */
  expired?: RemovedCounts;
}
