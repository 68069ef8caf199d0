import type { RecordKind } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Queryable } from '../client.ts';
import { none } from './question.ts';

/**
 * Bulk deletes that changed anything else than the versions of the records that were noted with them, or whose outcomes and
 * changes differ, as long as both are kept. Where a person was erased, the row names no record and the change is gone.
 */
const listForeignDeletions = none(`
  SELECT format('job %s: row %s deleted what was not its target', j.id, c.change_row) AS broken
    FROM jobs j
    JOIN record_changes c ON c.change_id = j.id
    LEFT JOIN job_targets t ON t.job_number = j.number AND t."row" = c.change_row
   WHERE j.type = 'bulk_delete' AND j.outcomes_removed_at IS NULL AND j.changes_removed_at IS NULL
     AND (c.operation <> 'deleted' OR t.record_id IS DISTINCT FROM c.record_id
          OR t.version IS DISTINCT FROM (c.before ->> 'version')::int)
  UNION ALL
  SELECT format('job %s: %s records are deleted, %s changes are kept', j.id, coalesce(o.deleted, 0), coalesce(c.changes, 0))
    FROM jobs j
    LEFT JOIN (SELECT job_number, count(*) AS deleted FROM row_outcomes
                WHERE outcome = 'deleted' AND record_id IS NOT NULL GROUP BY job_number) o ON o.job_number = j.number
    LEFT JOIN (SELECT change_id, count(*) AS changes FROM record_changes
                WHERE operation = 'deleted' AND change_row > 0 GROUP BY change_id) c ON c.change_id = j.id
   WHERE j.type = 'bulk_delete' AND j.outcomes_removed_at IS NULL AND j.changes_removed_at IS NULL
     AND coalesce(o.deleted, 0) <> coalesce(c.changes, 0)`);

/** Records that a bulk delete says it deleted, and that are there though no undo of it brought them back. */
const listNotDeleted = (kind: RecordKind) =>
  none(`
  SELECT format('job %s: row %s is deleted, and the record is still there', j.id, o."row") AS broken
    FROM jobs j
    JOIN row_outcomes o ON o.job_number = j.number AND o.outcome = 'deleted'
    JOIN ${KINDS[kind].table} record ON record.id = o.record_id
   WHERE j.type = 'bulk_delete' AND j.kind = '${kind}' AND j.outcomes_removed_at IS NULL
     AND NOT EXISTS (
         SELECT FROM jobs undo
           JOIN row_outcomes back ON back.job_number = undo.number AND back.outcome = 'reversed'
          WHERE undo.target_job_id = j.id AND undo.type = 'undo' AND back.record_id = o.record_id)`);

/** What a bulk delete must not have done, or left undone. */
export async function listWrongDeletions(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ kind: RecordKind }>(
    `SELECT DISTINCT kind FROM jobs WHERE type = 'bulk_delete'`,
  );
  const broken = await listForeignDeletions(db);
  for (const { kind } of rows) broken.push(...(await listNotDeleted(kind)(db)));
  return broken;
}
