import type { JobAddress } from '../../contracts/temporal/ids.ts';
import { type ImportKind, SETTLED_OUTCOMES } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { RetentionSettings } from '../../platform/config.ts';
import type { Queryable } from '../client.ts';
import { listNotCancelled } from './order-import-invariants.ts';
import { none, type Question } from './question.ts';

/**
 * The questions below go over whole tables. Of jobs that have just run statistics know nothing, and a plan made from them
 * compares each row with each.
 */
export async function refreshStatistics(db: Queryable): Promise<void> {
  await db.query('ANALYZE chunks, staged_rows, row_outcomes, job_targets, record_changes');
}

const columns = (table: string): string =>
  SETTLED_OUTCOMES.map((outcome) => `${table}.${outcome}`).join(', ');

/** Counters of chunks that don't equal what stands row by row in staging, targets and outcomes, as long as these are kept. */
export const listWrongCounters = none(`
  WITH by_row AS (
    SELECT c.job_number, c.number, COALESCE(o.outcome, s.outcome) AS outcome
      FROM chunks c
      JOIN staged_rows s ON s.job_number = c.job_number AND s."row" >= c.first_row AND s."row" < c.first_row + c.rows
      LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
     UNION ALL
    SELECT c.job_number, c.number, o.outcome
      FROM chunks c
      JOIN job_targets t ON t.job_number = c.job_number AND t."row" >= c.first_row AND t."row" < c.first_row + c.rows
      LEFT JOIN row_outcomes o ON o.job_number = t.job_number AND o."row" = t."row"
  ), counted AS (
    SELECT job_number, number, count(*) AS rows,
           ${SETTLED_OUTCOMES.map((outcome) => `count(*) FILTER (WHERE outcome = '${outcome}') AS ${outcome}`).join(', ')}
      FROM by_row
     GROUP BY job_number, number
  )
  SELECT format('job %s, chunk %s: the counters and the rows differ', j.id, c.number) AS broken
    FROM chunks c
    JOIN jobs j ON j.number = c.job_number
    LEFT JOIN counted n ON n.job_number = c.job_number AND n.number = c.number
   WHERE c.staged_at IS NOT NULL AND j.outcomes_removed_at IS NULL AND (j.staging_removed_at IS NULL OR j.type <> 'import')
     AND (c.rows, ${columns('c')}) IS DISTINCT FROM (n.rows, ${columns('n')})`);

const PENDING = `sum(c.rows - (${SETTLED_OUTCOMES.map((outcome) => `c.${outcome}`).join(' + ')}))`;

/** Completed jobs with rows that have no outcome. */
export const listUnaccountedRows = none(`
  SELECT format('job %s is completed with %s pending rows', j.id, ${PENDING}) AS broken
    FROM jobs j
    JOIN chunks c ON c.job_number = j.number
   WHERE j.status = 'completed'
   GROUP BY j.id
  HAVING ${PENDING} <> 0`);

/** Undo jobs of another kind than what they undo, or about records that it did not change. */
const listForeignTargets = none(`
  SELECT format('job %s undoes a job of another kind', j.id) AS broken
    FROM jobs j
    JOIN jobs t ON t.id = j.target_job_id
   WHERE j.type = 'undo' AND t.kind <> j.kind
  UNION ALL
  SELECT format('job %s is about records that the job it undoes did not change', j.id)
    FROM jobs j
    JOIN jobs t ON t.id = j.target_job_id
   WHERE j.type = 'undo' AND t.outcomes_removed_at IS NULL
     AND EXISTS (SELECT FROM job_targets g
                   LEFT JOIN row_outcomes o ON o.job_number = t.number AND o."row" = g.source_row
                                           AND o.outcome IN ('created', 'updated', 'deleted')
                                           AND o.record_id IS NOT DISTINCT FROM g.record_id
                  WHERE g.job_number = j.number AND o.job_number IS NULL)`);

/** Records that an undo says it set back, and that still show what the undone job wrote. */
const listNotReversed = (table: string): Question =>
  none(`
  SELECT format('job %s: row %s is reversed, and the record still has its values of the job that was undone', j.id, o."row") AS broken
    FROM jobs j
    JOIN row_outcomes o ON o.job_number = j.number AND o.outcome = 'reversed'
    JOIN ${table} record ON record.id = o.record_id
   WHERE j.type = 'undo' AND record.last_change = j.target_job_id`);

/** What an undo must not have done, or left undone. */
export const listUndoneHalfway: Question = async (db) => {
  const { rows } = await db.query<{ kind: ImportKind }>(`SELECT DISTINCT kind FROM jobs WHERE type = 'undo'`);
  const broken = await listForeignTargets(db);
  for (const { kind } of rows) {
    const of = IMPORTABLE[kind];
    const question = of.applies === 'records' ? listNotReversed(of.table) : listNotCancelled;
    broken.push(...(await question(db)));
  }
  return broken;
};

/** Chunks that don't follow one another without a gap, and jobs without any. */
export const listBrokenPlans = none(`
  SELECT format('job %s, chunk %s does not follow the one before it', j.id, c.number) AS broken
    FROM (SELECT *, lag(number) OVER w AS number_before, lag(first_row + rows) OVER w AS row_before,
                 lag(byte_end) OVER w AS byte_before
            FROM chunks WINDOW w AS (PARTITION BY job_number ORDER BY number)) c
    JOIN jobs j ON j.number = c.job_number
   WHERE (c.number, c.first_row, c.byte_start)
         IS DISTINCT FROM (COALESCE(c.number_before + 1, 1), COALESCE(c.row_before, 1), COALESCE(c.byte_before, c.byte_start))
  UNION ALL
  SELECT format('job %s is read and has no chunks', j.id)
    FROM jobs j
   WHERE j.type = 'import' AND j.read_at IS NOT NULL
     AND NOT EXISTS (SELECT FROM chunks c WHERE c.job_number = j.number)`);

/**
 * Updated rows without the values that they took the place of, and the other way round, as long as both are kept. Where a person
 * was erased, the row names no record and the values are gone.
 */
export const listUpdatesWithoutChange = none(`
  SELECT format('job %s: %s rows are updated, %s changes are kept', j.id, COALESCE(u.updated, 0), COALESCE(ch.changes, 0)) AS broken
    FROM jobs j
    LEFT JOIN (SELECT job_number, count(*) AS updated FROM row_outcomes WHERE outcome = 'updated' AND record_id IS NOT NULL GROUP BY job_number) u
      ON u.job_number = j.number
    LEFT JOIN (SELECT change_id, count(*) AS changes FROM record_changes WHERE operation = 'updated' GROUP BY change_id) ch
      ON ch.change_id = j.id
   WHERE j.type = 'import' AND j.options->>'dryRun' IS DISTINCT FROM 'true'
     AND j.outcomes_removed_at IS NULL AND j.changes_removed_at IS NULL
     AND COALESCE(u.updated, 0) <> COALESCE(ch.changes, 0)`);

/** Jobs whose state contradicts itself. */
export const listContradictions = none(`
  SELECT format('job %s is %s and has no end', id, status) AS broken
    FROM jobs WHERE status IN ('completed', 'failed', 'cancelled') AND (finished_at IS NULL OR stage IS NOT NULL)
  UNION ALL
  SELECT format('job %s is %s and has no error', id, status)
    FROM jobs WHERE status = 'failed' AND failure_code IS NULL
  UNION ALL
  SELECT format('job %s needs attention and nothing of it is parked', j.id)
    FROM jobs j
   WHERE j.status = 'needs_attention' AND j.workflow_closed_at IS NULL
     AND NOT EXISTS (SELECT FROM parked_parts p WHERE p.job_number = j.number AND p.released_at IS NULL)
  UNION ALL
  SELECT format('job %s is %s with a parked part', j.id, j.status)
    FROM jobs j JOIN parked_parts p ON p.job_number = j.number
   WHERE p.released_at IS NULL AND j.status IN ('pending', 'processing', 'completed')`);

/** Connections that hold a transaction open and do nothing. */
export const listIdleTransactions = none(`
  SELECT format('%s has held a transaction open since %s', application_name, state_change) AS broken
    FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid()
     AND state LIKE 'idle in transaction%' AND state_change < now() - interval '30 seconds'`);

/**
 * What is kept although its time was over more than a day ago, and what is left of jobs whose mark says that it is gone: rounds
 * of the housekeeping work off a backlog, but not for a day.
 */
export async function listKeptTooLong(db: Queryable, retention: RetentionSettings): Promise<string[]> {
  const late = (days: number): string => `finished_at < now() - make_interval(days => ${String(days + 1)})`;
  const marks = [
    ['files', retention.RETENTION_FILES_DAYS],
    ['staging', retention.RETENTION_STAGING_DAYS],
    ['outcomes', retention.RETENTION_OUTCOMES_DAYS],
    ['changes', retention.RETENTION_CHANGES_DAYS],
  ] as const;
  const questions = [
    ...marks.map(
      ([part, days]) => `
      SELECT format('job %s: its ${part} are kept past their time', id) AS broken
        FROM jobs j WHERE ${part}_removed_at IS NULL AND ${late(days)} AND ${NOBODY_WORKS_ON}`,
    ),
    `SELECT format('job %s is kept past its time', id)
       FROM jobs j WHERE ${late(retention.RETENTION_JOBS_DAYS)} AND ${NOBODY_WORKS_ON}`,
    `SELECT format('job %s: %s are being removed for more than a day', id, array_to_string(removing, ', '))
       FROM jobs j
      WHERE removing <> '{}'
        AND least(staging_removed_at, outcomes_removed_at, changes_removed_at) < now() - interval '1 day'`,
    `SELECT format('job %s: staged rows are left', id) FROM jobs j
      WHERE staging_removed_at IS NOT NULL AND NOT 'staging' = ANY (removing)
        AND EXISTS (SELECT FROM staged_rows WHERE job_number = j.number)`,
    `SELECT format('job %s: outcomes are left', id) FROM jobs j
      WHERE outcomes_removed_at IS NOT NULL AND NOT 'outcomes' = ANY (removing)
        AND (EXISTS (SELECT FROM row_outcomes WHERE job_number = j.number)
             OR EXISTS (SELECT FROM job_targets WHERE job_number = j.number))`,
    `SELECT format('job %s: changes are left', id) FROM jobs j
      WHERE changes_removed_at IS NOT NULL AND NOT 'changes' = ANY (removing)
        AND EXISTS (SELECT FROM record_changes WHERE change_id = j.id)`,
    `SELECT format('rows of job number %s are left, which is gone', job_number)
       FROM (SELECT job_number FROM staged_rows UNION SELECT job_number FROM row_outcomes
              UNION SELECT job_number FROM job_targets) r
      WHERE NOT EXISTS (SELECT FROM jobs WHERE number = job_number)`,
    `SELECT format('the change of request %s is kept past its time', change_id)
       FROM record_changes
      WHERE change_row = 0
        AND changed_at < now() - make_interval(days => ${String(retention.RETENTION_CHANGES_DAYS + 1)})`,
    `SELECT format('an idempotency key of %s is kept past its time', principal)
       FROM idempotency_keys WHERE created_at < now() - interval '2 days'`,
  ];
  return await none(questions.join('\n UNION ALL '))(db);
}

const NOBODY_WORKS_ON = `j.status IN ('completed', 'failed', 'cancelled')
  AND NOT EXISTS (SELECT FROM jobs t WHERE t.target_job_id = j.id AND t.status NOT IN ('completed', 'failed', 'cancelled'))`;

/** Effects of verbs without the row in the audit log that must stand beside them. */
export const listUnauditedActions = none(`
  WITH effects AS (
    SELECT id AS job_id, 'pause' AS action FROM jobs WHERE status = 'paused'
    UNION ALL
    SELECT id, 'cancel' FROM jobs WHERE status = 'cancelled' OR ending_as = 'cancelled'
    UNION ALL
    SELECT id, 'abandon' FROM jobs WHERE failure_code = 'abandoned'
    UNION ALL
    SELECT target_job_id, 'confirm' FROM jobs WHERE type = 'import' AND target_job_id IS NOT NULL
    UNION ALL
    SELECT id, 'bulk-delete' FROM jobs WHERE type = 'bulk_delete'
    UNION ALL
    -- Asked for by itself, or with the verb that ended the job.
    SELECT undo.target_job_id, CASE WHEN t.undo_by IS NULL THEN 'undo' WHEN t.status = 'cancelled' THEN 'cancel' ELSE 'abandon' END
      FROM jobs undo
      JOIN jobs t ON t.id = undo.target_job_id
     WHERE undo.type = 'undo'
    UNION ALL
    SELECT j.id, p.resolution
      FROM parked_parts p
      JOIN jobs j ON j.number = p.job_number
     WHERE p.resolution IN ('retry', 'skip', 'abandon', 'reset')
  )
  SELECT DISTINCT format('job %s: its %s is not in the audit log', e.job_id, e.action) AS broken
    FROM effects e
   WHERE NOT EXISTS (SELECT FROM audit a WHERE a.job_id = e.job_id AND a.action = e.action)
  UNION ALL
  SELECT format('job %s: %s was recorded %s times, which has one effect', job_id, action, count(*))
    FROM audit
   WHERE action = 'confirm'
   GROUP BY job_id, action
  HAVING count(*) > 1
  UNION ALL
  SELECT format('job %s: action %s changed nothing', job_id, id)
    FROM audit
   WHERE action IN ('pause', 'resume') AND before = after`);

/** An accepted job, with what must exist beside its row. */
export interface AcceptedJob extends JobAddress {
  status: string;
  /** Its workflow is known to have been terminated or deleted from outside. */
  isWorkflowClosed: boolean;
  /** Null for a job without a file. */
  storageKey: string | null;
  /** Since when its file counts as gone; null while it is kept. */
  fileRemovedAt: Date | null;
}

export async function listAcceptedJobs(db: Queryable): Promise<AcceptedJob[]> {
  const { rows } = await db.query<AcceptedJob>(
    `SELECT id, type, status, workflow_closed_at IS NOT NULL AS "isWorkflowClosed", storage_key AS "storageKey",
            files_removed_at AS "fileRemovedAt" FROM jobs ORDER BY number`,
  );
  return rows;
}
