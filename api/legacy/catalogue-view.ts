import type { RecordValue } from '../../contracts/http/record.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { StoredRecord } from '../../prisma/repositories/records.ts';
import { percentOf } from '../views/job-view.ts';
import { viewValue } from '../views/record-view.ts';

/** A job, as an event of its stream tells of it. */
export interface CatalogueProgress {
  job_id: string;
  status: 'queued' | 'parsing' | 'importing' | 'done' | 'failed';
  stage: string;
  processed_rows: number;
  /** 0 until the file has been read. */
  total_rows: number;
  percent: number;
  progress_percent: number;
  error_message: string | null;
}

export function viewProgress(job: JobSnapshot): CatalogueProgress {
  const { id, counts, failure, status } = job;
  const percent = percentOf(job) ?? 0;
  const cancelled = status === 'cancelled' ? 'The job was cancelled.' : null;
  return {
    job_id: id,
    ...whereItStands(job),
    processed_rows: counts === null ? 0 : counts.total - counts.pending,
    total_rows: counts?.total ?? 0,
    percent,
    progress_percent: percent,
    error_message: failure?.message ?? cancelled,
  };
}

/** The stage says more than that system's statuses can. */
function whereItStands({ type, status, stage }: JobSnapshot): Pick<CatalogueProgress, 'status' | 'stage'> {
  const isReading = type === 'import' && (stage === null || stage === 'reading' || stage === 'staging');
  const working = isReading ? 'parsing' : 'importing';
  switch (status) {
    case 'pending':
      return { status: 'queued', stage: 'queued' };
    case 'processing':
      return { status: working, stage: type === 'bulk_delete' ? 'deleting' : (stage ?? 'preparing') };
    case 'paused':
    case 'needs_attention':
      return { status: working, stage: status };
    case 'completed':
      return { status: 'done', stage: 'completed' };
    case 'failed':
    case 'cancelled':
      return { status: 'failed', stage: status };
  }
}

/** A product there. Its price is a text, as everywhere here: a number would lose digits. */
export interface CatalogueProduct {
  id: string;
  sku: RecordValue;
  name: RecordValue;
  price: RecordValue;
  description: RecordValue;
  active: RecordValue;
  created_at: string;
  updated_at: string;
}

export function viewProduct({ id, values, createdAt, updatedAt }: StoredRecord): CatalogueProduct {
  const valueOf = (column: string): RecordValue => {
    const type = KINDS.products.columns.find(({ name }) => name === column)?.type ?? 'text';
    return viewValue(values[column] ?? null, type);
  };
  return {
    id,
    sku: valueOf('sku'),
    name: valueOf('name'),
    price: valueOf('price'),
    description: valueOf('description'),
    active: valueOf('active'),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
