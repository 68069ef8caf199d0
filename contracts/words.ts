/**
 * The vocabulary of Longshore: the words that the database, the API, the workflows and the docs share.
 * Plain data without dependencies, so that workflow code may import it too.
 */

/** One long-running operation. */
export const JOB_TYPES = ['import', 'undo', 'bulk_delete'] as const;
export type JobType = (typeof JOB_TYPES)[number];

/** Records that are kept, shown and changed. */
export const RECORD_KINDS = ['customers', 'products'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** What an import brings. */
export const IMPORT_KINDS = [...RECORD_KINDS, 'orders'] as const;
export type ImportKind = (typeof IMPORT_KINDS)[number];

export const JOB_STATUSES = [
  'pending',
  'processing',
  'paused',
  'needs_attention',
  'completed',
  'failed',
  'cancelled',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The statuses in which a job is over: nothing changes it any more except an operator's verb. */
export const ENDED_STATUSES = ['completed', 'failed', 'cancelled'] as const satisfies readonly JobStatus[];

/** True once a job has ended. */
export function isEnded(status: JobStatus): boolean {
  return (ENDED_STATUSES as readonly JobStatus[]).includes(status);
}

/** What an operator can do to a running job; each is also a signal of its workflow. */
export const JOB_VERBS = ['pause', 'resume', 'cancel', 'retry', 'skip', 'abandon'] as const;
export type JobVerb = (typeof JOB_VERBS)[number];

/**
 * Where an order is. `INVENTORY_FAILED`, `PAYMENT_FAILED` and `SHIPPING_FAILED` name the step that was answered with a no;
 * what had been done before it is undone. An order that could not get an answer keeps its status and needs attention.
 */
export const ORDER_STATUSES = [
  'CREATED',
  'INVENTORY_RESERVED',
  'INVENTORY_FAILED',
  'PAYMENT_AUTHORIZED',
  'PAYMENT_FAILED',
  'SHIPPED',
  'SHIPPING_FAILED',
  'REFUNDED',
  'CANCELLED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What the workflow of an order is to bring about: all steps, or their undoing after a failure or because somebody cancelled. */
export const ORDER_GOALS = ['fulfil', 'undo', 'cancel'] as const;
export type OrderGoal = (typeof ORDER_GOALS)[number];

/** The steps of an order, in order: reserve stock, authorise the payment, ship. */
export const FORWARD_STEPS = ['inventory', 'payment', 'shipping'] as const;
export type ForwardStep = (typeof FORWARD_STEPS)[number];

/** What undoes them, in order: `recall` the shipment, `refund` the payment, `release` the stock. */
export const UNDO_STEPS = ['recall', 'refund', 'release'] as const;
export type UndoStep = (typeof UNDO_STEPS)[number];

export type OrderStep = ForwardStep | UndoStep;

/** What an operator can do to an order; each is also a signal of its workflow. */
export const ORDER_VERBS = ['retry', 'compensate', 'cancel'] as const;
export type OrderVerb = (typeof ORDER_VERBS)[number];

/** What `compensate` may do. */
export const COMPENSATIONS = ['releaseInventory', 'refundPayment'] as const;
export type Compensation = (typeof COMPENSATIONS)[number];

/** Of the pieces of a product that an order holds, or held. */
export const RESERVATION_STATUSES = ['held', 'released', 'shipped'] as const;
export type ReservationStatus = (typeof RESERVATION_STATUSES)[number];

/** `requested`: it may have happened; `void`: it has not, and will not. */
export const PAYMENT_STATUSES = ['requested', 'authorized', 'declined', 'refunded', 'void'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** `requested`: it may have happened; `recalled`: it has not, and will not. */
export const SHIPMENT_STATUSES = ['requested', 'shipped', 'refused', 'recalled'] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

/** Everything that an operator does and that the audit log keeps. */
export const AUDIT_ACTIONS = [
  ...JOB_VERBS,
  'compensate',
  'reset',
  'confirm',
  'repair-row',
  'retry-rejected',
  'undo',
  'bulk-delete',
  'create-webhook',
  'change-webhook',
  'delete-webhook',
  'rotate-webhook',
  'redeliver-webhook',
  'create-key',
  'revoke-key',
  'erase',
  'create-record',
  'change-record',
  'delete-record',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** The way by which an action came. */
export const AUDIT_WAYS = ['api', 'temporal', 'script'] as const;
export type AuditWay = (typeof AUDIT_WAYS)[number];

/**
 * What is kept of an ended job for a time of its own: its uploaded `files`, the parsed rows in `staging`, the `outcomes` of its
 * rows, and the values that its `changes` took the place of.
 */
export const KEPT_PARTS = ['files', 'staging', 'outcomes', 'changes'] as const;
export type KeptPart = (typeof KEPT_PARTS)[number];

/** Where a processing job is. */
export const STAGES = ['reading', 'staging', 'resolving', 'applying', 'finishing'] as const;
export type Stage = (typeof STAGES)[number];

/** The stages that a job of each type goes through, in order; `reading` is where it is found out what there is to do. */
export const STAGES_OF: Record<JobType, readonly [Stage, ...Stage[]]> = {
  import: STAGES,
  undo: ['reading', 'applying', 'finishing'],
  bulk_delete: ['applying', 'finishing'],
};

/**
 * What became of a row of a file: `created`, `updated`, `unchanged`; `skipped` by the chosen mode; `duplicate`: another row of
 * the file won; `rejected`: breaks a rule, the user repairs it. What became of a record that was to be set back or deleted:
 * `reversed`, `deleted`; `kept`, because it was changed since. Of any of them: `failed`: could not be applied, the operator
 * looks; `pending`.
 */
export const OUTCOMES = [
  'created',
  'updated',
  'unchanged',
  'skipped',
  'duplicate',
  'rejected',
  'failed',
  'pending',
  'reversed',
  'deleted',
  'kept',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The outcomes that are counted; rows that are `pending` are what these leave. */
export const SETTLED_OUTCOMES = OUTCOMES.filter((outcome) => outcome !== 'pending');

/** The outcomes that the rows of a job of each type can have. */
export const OUTCOMES_OF = {
  import: ['created', 'updated', 'unchanged', 'skipped', 'duplicate', 'rejected', 'failed', 'pending'],
  undo: ['reversed', 'kept', 'failed', 'pending'],
  bulk_delete: ['deleted', 'kept', 'failed', 'pending'],
} as const satisfies Record<JobType, readonly Outcome[]>;

/** How many rows have each outcome; `total` is always their sum. Those that a type of job does not have are 0. */
export type OutcomeCounts = Record<Outcome | 'total', number>;

/** Why a record was left as it is. */
export const KEPT_REASONS = [
  'changed_since',
  'deleted_since',
  'not_found',
  'key_taken',
  'no_longer_known',
  'stock_moved',
  'needed_by_orders',
  'shipped',
  'refunded',
  'cancel_parked',
  'cancel_under_way',
] as const;
export type KeptReason = (typeof KEPT_REASONS)[number];

/** Which effects an import may have on records. */
export const MODES = ['upsert', 'create', 'update'] as const;
export type Mode = (typeof MODES)[number];

/** What a blank cell does to an existing record. */
export const BLANKS = ['keep', 'clear'] as const;
export type Blanks = (typeof BLANKS)[number];

/** Which row wins when a key stands in a file more than once. */
export const DUPLICATES = ['last', 'first', 'reject'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

/** What a rejected row does to the rest of its file. */
export const ON_ERROR = ['skip', 'abort'] as const;
export type OnError = (typeof ON_ERROR)[number];

/** Which events an import sends. */
export const NOTIFY = ['summary', 'rows', 'none'] as const;
export type Notify = (typeof NOTIFY)[number];

export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(word: unknown): word is Role {
  return (ROLES as readonly unknown[]).includes(word);
}

/** The policies of one import, kept with the job. */
export interface ImportOptions {
  mode: Mode;
  blanks: Blanks;
  duplicates: Duplicates;
  onError: OnError;
  notify: Notify;
  dryRun: boolean;
  /** What the caller said of how the file is written; null where all of it is found out. */
  dialect: GivenDialect | null;
  /** Which column of the file is which; null where that is found out. */
  mapping: ChosenMapping | null;
}

/** What a caller may say of how a file is written; the rest is found out. */
export interface GivenDialect {
  /** A label of the Encoding Standard, such as windows-1252. */
  encoding?: string | undefined;
  /** Of a workbook, the sheet to read. */
  sheet?: string | undefined;
  delimiter?: string | undefined;
  quote?: string | null | undefined;
  escape?: string | null | undefined;
  /** Blanks in front of cells are no part of them, and a quote after them opens a quoted cell. */
  skipBlanks?: boolean | undefined;
  lineEnd?: 'lf' | 'crlf' | 'cr' | 'mixed' | undefined;
  /** Line of the header, from 1; null for a file without one. */
  headerLine?: number | null | undefined;
  /** The decimal sign of all numbers. */
  decimal?: '.' | ',' | undefined;
}

/**
 * For a column of the kind the header that fills it, several that are joined by a blank, or null where it is not to be
 * imported. A number n means the n-th column of the file, from 1.
 */
export type CallerMapping = Record<string, CallerSource | CallerSource[] | null>;
export type CallerSource = string | number;

/** The mapping of one import: as sent with the file (`name` null), or as it was saved under a name at the time. */
export interface ChosenMapping {
  name: string | null;
  columns: CallerMapping;
}

export const DEFAULT_IMPORT_OPTIONS: ImportOptions = {
  mode: 'upsert',
  blanks: 'keep',
  duplicates: 'last',
  onError: 'skip',
  notify: 'summary',
  dryRun: false,
  dialect: null,
  mapping: null,
};
