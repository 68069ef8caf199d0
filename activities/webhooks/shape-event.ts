import { EVENTS } from '../../contracts/events/index.ts';
import type { EventType } from '../../contracts/events/types.ts';
import type { ImportEventData } from '../../contracts/events/job-events.ts';
import type { OrderEventData } from '../../contracts/events/order-events.ts';
import type { RecordOperation, RecordValue, RecordValues } from '../../contracts/http/record.ts';
import type { RecordKind } from '../../contracts/words.ts';
import { type Column, KINDS } from '../../domain/kinds/index.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import type { AnnouncedEvent, UnannouncedEvent } from '../../prisma/repositories/events.ts';

/** A record's columns, as texts. */
type Texts = Record<string, string | null>;

/** What the trigger on record_changes writes. */
interface RecordSource {
  kind: RecordKind;
  recordId: string;
  operation: RecordOperation;
  by: string;
  after: Texts | null;
  before: Texts | null;
}

/** What the trigger on jobs writes. */
interface JobSource extends Omit<ImportEventData, 'counts' | 'createdAt' | 'startedAt' | 'finishedAt'> {
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  counts: JobSums | null;
}

/** What the trigger on order_events writes: the entry of the timeline. */
interface OrderSource extends Pick<OrderEventData, 'orderId' | 'status' | 'seq'> {
  type: OrderEventData['event']['type'];
  version: number;
  payload: Record<string, unknown>;
}

/** Sums over the chunks of a job, whatever its type. */
type JobSums = Record<
  | ('total' | 'created' | 'updated' | 'unchanged' | 'skipped' | 'duplicate' | 'rejected')
  | ('failed' | 'deleted' | 'kept'),
  number
>;

/** Makes of what the database noted what receivers get. */
export function shapeEvent(event: UnannouncedEvent): AnnouncedEvent {
  const { type, data } = shape(event);
  return { id: event.id, type, version: EVENTS[type].version, data };
}

interface Shaped {
  type: EventType;
  data: object;
}

function shape({ type, source }: UnannouncedEvent): Shaped {
  // Only the triggers write sources: their shapes are what the triggers make.
  switch (type) {
    case 'import.completed':
    case 'import.failed':
    case 'import.needs_attention':
      return { type, data: shapeImport(source as JobSource) };
    case 'bulk_delete.completed':
      return { type, data: shapeBulkDelete(source as JobSource) };
    default:
      if (type.startsWith('order.')) return shapeOrder(type, source as OrderSource);
      return shapeRecord(source as RecordSource);
  }
}

function shapeOrder(
  type: string,
  { orderId, status, seq, type: what, version, payload }: OrderSource,
): Shaped {
  if (!isEventType(type)) throw new Error(`there is no event ${type}`);
  return {
    type,
    data: { orderId, status, seq, event: { type: what, version }, details: payload } satisfies OrderEventData,
  };
}

function shapeJob({ jobId, kind, createdBy, createdAt, startedAt, finishedAt, failureCode }: JobSource) {
  return {
    jobId,
    kind,
    createdBy,
    createdAt: new Date(createdAt).toISOString(),
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    failureCode,
  };
}

function shapeImport(source: JobSource): ImportEventData {
  const { filename, dryRun, counts } = source;
  if (counts === null) return { ...shapeJob(source), filename, dryRun, counts };
  const { total, created, updated, unchanged, skipped, duplicate, rejected, failed } = counts;
  const done = { created, updated, unchanged, skipped, duplicate, rejected, failed };
  return { ...shapeJob(source), filename, dryRun, counts: withPending(total, done) };
}

function shapeBulkDelete(source: JobSource) {
  const { counts } = source;
  if (counts === null) return { ...shapeJob(source), counts };
  const { total, deleted, kept, failed } = counts;
  return { ...shapeJob(source), counts: withPending(total, { deleted, kept, failed }) };
}

function withPending<Done extends Record<string, number>>(total: number, done: Done) {
  const pending = Object.values(done).reduce((left, count) => left - count, total);
  return { total, ...done, pending };
}

function shapeRecord(source: RecordSource): Shaped {
  const { kind, operation, recordId, by } = source;
  const { singular, columns } = KINDS[kind];
  const type = `${singular}.${operation}`;
  if (!isEventType(type)) throw new Error(`there is no event ${type}`);
  const after = source.after ?? source.before ?? {};
  const common = { id: recordId, by, values: valuesOf(after, columns) };
  switch (operation) {
    case 'deleted':
      return { type, data: common };
    case 'created':
      return { type, data: { ...common, version: Number(after.version ?? 1) } };
    case 'updated': {
      const before = source.before ?? {};
      const changed = columns.filter(({ name }) => name in before && before[name] !== after[name]);
      return {
        type,
        data: {
          ...common,
          version: Number(after.version ?? 1),
          before: valuesOf(before, changed),
        },
      };
    }
  }
}

export function isEventType(text: string): text is EventType {
  return Object.hasOwn(EVENTS, text);
}

function valuesOf(texts: Texts, columns: readonly Column[]): RecordValues {
  return Object.fromEntries(columns.map(({ name, type }) => [name, valueOf(texts[name] ?? null, type)]));
}

function valueOf(text: string | null, type: Column['type']): RecordValue {
  if (text === null) return null;
  if (type === 'decimal') return formatMoney(text);
  if (type === 'integer') return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}
