import type { AuditWay, JobStatus, RecordKind } from '../words.ts';

/** A person is to be forgotten. */
export interface EraseRequest {
  kind: RecordKind;
  recordId: string;
  /** Who asks, for the audit log. The id makes it repeatable: what it did is not done again, and answered the same. */
  action: { id: string; by: string; via: AuditWay; reason?: string };
}

/** What was erased of a person. */
export interface ErasedTraces {
  erased: { record: boolean; changes: number; stagedRows: number; outcomes: number; orders: number };
  /** Jobs whose files hold the person, or may; those that go last are left out where there are very many. */
  files: { jobId: string; holds: 'yes' | 'unknown'; until: string | null }[];
  filesTotal: number;
}

export type EraseResult =
  | ({ outcome: 'erased' } & ErasedTraces)
  /** Neither the record nor its deletion is there. */
  | { outcome: 'not_found' }
  /** A job that has not ended holds the person. */
  | { outcome: 'held'; jobId: string; status: JobStatus };

/** On the `apply` queue. */
export interface EraseActivities {
  /** Erases a person from everything but uploaded files. Repeated, it finishes what was cut off. */
  eraseRecord: (request: EraseRequest) => Promise<EraseResult>;
}
