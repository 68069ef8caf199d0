/** On the `apply` queue: what jobs wrote is brought into the search tables, so that lists find and sort it. */
export interface RecordIndexActivities {
  /**
   * Indexes what is waiting, chunk by chunk, for a while. Each chunk is noted as it is done, so it may be repeated.
   * @returns whether more is waiting
   */
  indexRecords: () => Promise<{ chunks: number; records: number; more: boolean }>;
}
