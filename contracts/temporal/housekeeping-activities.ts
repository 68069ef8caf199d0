/** On the `apply` queue: what is done from time to time, whatever else happens. Each may be repeated. */
export interface HousekeepingActivities {
  /** Starts the imports that were accepted and whose workflow was never started: the API died, or Temporal was away. */
  startPendingImports: () => Promise<{ started: number }>;
  /** Removes files that no job owns and uploads that were never finished, once no upload can still be under way. */
  removeOrphanFiles: () => Promise<{ removed: number }>;
}

/** What a round did. */
export interface HousekeepingResult {
  started: number;
  removed: number;
}
