import type { AuditEntryJson } from '../../contracts/http/audit.ts';
import type { ParkedPartJson } from '../../contracts/http/recovery.ts';
import { partName } from '../../contracts/temporal/chunked-job.ts';
import type { AuditAction, AuditWay } from '../../contracts/words.ts';
import type { AuditEntry } from '../../prisma/generated/client.ts';
import type { ParkedPart } from '../../prisma/repositories/parked-parts.ts';

/** An entry of the audit log as the API shows it. */
export function viewAuditEntry(entry: AuditEntry): AuditEntryJson {
  return {
    id: entry.id,
    at: entry.at.toISOString(),
    actor: entry.actor,
    action: entry.action as AuditAction,
    jobId: entry.jobId,
    orderId: entry.orderId,
    part: entry.part,
    reason: entry.reason,
    before: entry.before as Record<string, unknown> | null,
    after: entry.after as Record<string, unknown> | null,
    via: entry.via as AuditWay,
  };
}

/** A parked part as the API shows it. */
export function viewParkedPart({ stage, chunk, code, message, attempts, since }: ParkedPart): ParkedPartJson {
  return {
    part: partName({ stage, chunk }),
    stage,
    chunk,
    code,
    message,
    attempts,
    since: since.toISOString(),
  };
}
