import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database, Queryable } from '../../prisma/client.ts';
import { listWrongDeletions } from '../../prisma/repositories/bulk-delete-invariants.ts';
import {
  listBrokenPlans,
  listContradictions,
  listKeptTooLong,
  listUnaccountedRows,
  listUnauditedActions,
  listUpdatesWithoutChange,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase, emptyTables } from '../support/database.ts';
import { TEST_RETENTION } from '../support/limits.ts';

import {
  listMissingDeliveries,
  listMissingEvents,
  listOverdueDeliveries,
  listUnannouncedEvents,
  listWrongRowEvents,
} from '../../prisma/repositories/event-invariants.ts';

/** A checker that finds nothing proves nothing: each rule is broken here once, and must be named. */
const QUESTIONS = {
  listBrokenPlans,
  listContradictions,
  listMissingDeliveries,
  listMissingEvents,
  listOverdueDeliveries,
  listKeptTooLong: (asked: Queryable) => listKeptTooLong(asked, TEST_RETENTION),
  listUnaccountedRows,
  listUnannouncedEvents,
  listUnauditedActions,
  listUpdatesWithoutChange,
  listWrongCounters,
  listWrongRowEvents,
};

const ENDPOINT = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b13';
const JOB = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

/** A completed import of six rows in two chunks: created, updated, unchanged, rejected, duplicate, created. */
beforeEach(async () => {
  await emptyTables(
    db.pool,
    'jobs, chunks, parked_parts, staged_rows, row_outcomes, record_changes, audit, events, webhook_endpoints, webhook_deliveries, webhook_attempts, idempotency_keys',
  );
  await db.pool.query(
    `INSERT INTO jobs (id, number, type, kind, status, options, read_at, finished_at, created_by)
     VALUES ('${JOB}', 1, 'import', 'products', 'completed', '{}', now(), now(), 'tester')`,
  );
  await db.pool.query(
    `INSERT INTO chunks (job_number, number, first_row, rows, first_line, byte_start, byte_end, staged_at, applied_at,
                         created, updated, unchanged, duplicate, rejected)
     VALUES (1, 1, 1, 3, 2, 10, 40, now(), now(), 1, 1, 1, 0, 0), (1, 2, 4, 3, 5, 40, 70, now(), now(), 1, 0, 0, 1, 1)`,
  );
  await db.pool.query(
    `INSERT INTO staged_rows (job_number, "row", line, key, cells, outcome)
     SELECT 1, n, n + 1, 'k' || n, '{}', CASE n WHEN 4 THEN 'rejected' WHEN 5 THEN 'duplicate' END::outcome
       FROM generate_series(1, 6) n`,
  );
  await db.pool.query(
    `INSERT INTO row_outcomes (job_number, "row", outcome, record_id)
     VALUES (1, 1, 'created', uuidv7()), (1, 2, 'updated', uuidv7()), (1, 3, 'unchanged', NULL), (1, 6, 'created', uuidv7())`,
  );
  await db.pool.query(
    `INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before, changed_by)
     VALUES ('${JOB}', 2, 'products', uuidv7(), 'updated', '{}', 'tester')`,
  );
  await db.pool.query(
    `INSERT INTO webhook_endpoints (id, url, events, secret, created_by, updated_at)
     VALUES ('${ENDPOINT}', 'https://example.com/', '{*}', 'x', 'tester', now() - interval '1 hour')`,
  );
  await db.pool.query(
    `INSERT INTO events (id, type, correlation_id, data, announced_at)
     VALUES ('${JOB}.completed', 'import.completed', '${JOB}', '{}', now())`,
  );
  await db.pool.query(
    `INSERT INTO webhook_deliveries (endpoint_id, event_id, next_try_at) VALUES ('${ENDPOINT}', '${JOB}.completed', now())`,
  );
});

async function findings(): Promise<string[]> {
  const found: string[] = [];
  for (const [name, question] of Object.entries(QUESTIONS)) {
    if ((await question(db.pool)).length > 0) found.push(name);
  }
  return found;
}

test('nothing is said of an import in which everything adds up', async () => {
  expect(await findings()).toEqual([]);
});

test('nothing is said of what has been removed in its time', async () => {
  await db.pool.query('DELETE FROM staged_rows; DELETE FROM row_outcomes; DELETE FROM record_changes');
  await db.pool.query(
    `UPDATE jobs SET finished_at = now() - interval '100 days', files_removed_at = now(), staging_removed_at = now(),
                     outcomes_removed_at = now(), changes_removed_at = now()`,
  );
  expect(await findings()).toEqual([]);
});

test.each([
  ['a row lost its outcome', 'DELETE FROM row_outcomes WHERE "row" = 3', ['listWrongCounters']],
  ['a chunk was cut short', `UPDATE chunks SET rows = 2 WHERE number = 2`, ['listUnaccountedRows']],
  ['a staged row is gone', 'DELETE FROM staged_rows WHERE "row" = 4', ['listWrongCounters']],
  ['a counter grew twice', 'UPDATE chunks SET created = 2 WHERE number = 1', ['listUnaccountedRows']],
  ['a chunk is missing', 'DELETE FROM chunks WHERE number = 1', ['listBrokenPlans']],
  ['bytes were left out', 'UPDATE chunks SET byte_start = 41 WHERE number = 2', ['listBrokenPlans']],
  ['earlier values are gone', 'DELETE FROM record_changes', ['listUpdatesWithoutChange']],
  ['a completed job never ended', 'UPDATE jobs SET finished_at = NULL', ['listContradictions']],
  ['a failed job says no reason', `UPDATE jobs SET status = 'failed'`, ['listContradictions']],
  ['a job needs attention for nothing', `UPDATE jobs SET status = 'needs_attention'`, ['listContradictions']],
  ['a job was paused by nobody', `UPDATE jobs SET status = 'paused'`, ['listUnauditedActions']],
  ['a job was cancelled by nobody', `UPDATE jobs SET status = 'cancelled'`, ['listUnauditedActions']],
  [
    'a job was abandoned by nobody',
    `UPDATE jobs SET status = 'failed', failure_code = 'abandoned'`,
    ['listUnauditedActions'],
  ],
  [
    'a part was skipped by nobody',
    `INSERT INTO parked_parts (job_number, stage, chunk, code, message, attempts, released_at, resolution)
     VALUES (1, 'applying', 2, 'program_error', 'x', 1, now(), 'skip')`,
    ['listUnauditedActions'],
  ],
  [
    'an action changed nothing',
    `INSERT INTO audit (id, actor, action, job_id, before, after, via)
     VALUES (uuidv7(), 'ada', 'pause', '${JOB}', '{"status": "paused"}', '{"status": "paused"}', 'api')`,
    ['listUnauditedActions'],
  ],
  [
    'a completed job has a parked part',
    `INSERT INTO parked_parts (job_number, stage, chunk, code, message, attempts)
     VALUES (1, 'applying', 2, 'program_error', 'x', 1)`,
    ['listContradictions'],
  ],
  ['an event was lost', `DELETE FROM events`, ['listMissingEvents']],
  [
    'the change of a request has no event',
    `ALTER TABLE record_changes DISABLE TRIGGER USER;
     INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, changed_by)
     VALUES (uuidv7(), 0, 'products', uuidv7(), 'created', 'ada');
     ALTER TABLE record_changes ENABLE TRIGGER USER`,
    ['listMissingEvents'],
  ],
  ['nobody announces', `UPDATE events SET announced_at = NULL`, ['listUnannouncedEvents']],
  ['a delivery was lost', `DELETE FROM webhook_deliveries`, ['listMissingDeliveries']],
  [
    'nobody delivers',
    `UPDATE webhook_deliveries SET next_try_at = now() - interval '1 hour'`,
    ['listOverdueDeliveries'],
  ],
  [
    'something is on its way to nowhere',
    `UPDATE webhook_endpoints SET active = false`,
    ['listOverdueDeliveries'],
  ],
  ['rows were not told of', `UPDATE jobs SET options = '{"notify": "rows"}'`, ['listWrongRowEvents']],
  [
    'something of a job is kept past its time',
    `UPDATE jobs SET finished_at = now() - interval '32 days'`,
    ['listKeptTooLong'],
  ],
  [
    'a job is kept past its time',
    `UPDATE jobs SET finished_at = now() - interval '367 days', files_removed_at = now(), staging_removed_at = now(),
                     outcomes_removed_at = now(), changes_removed_at = now(), removing = '{staging,outcomes,changes}'`,
    ['listKeptTooLong'],
  ],
  [
    'rows stay that count as removed',
    `UPDATE jobs SET staging_removed_at = now(); DELETE FROM row_outcomes; DELETE FROM record_changes`,
    ['listKeptTooLong'],
  ],
  [
    'a removal goes on for days',
    `UPDATE jobs SET staging_removed_at = now() - interval '2 days', removing = '{staging}'`,
    ['listKeptTooLong'],
  ],
  ['rows outlive their job', 'DELETE FROM jobs', ['listKeptTooLong']],
  [
    'an idempotency key stays',
    `INSERT INTO idempotency_keys (principal, key, resource_id, request, created_at)
     VALUES ('ada', 'k', '${JOB}', 'x', now() - interval '3 days')`,
    ['listKeptTooLong'],
  ],
])('it is seen when %s', async (_what, corruption, expected) => {
  await db.pool.query(corruption);
  expect(await findings()).toEqual(expect.arrayContaining(expected));
});

describe('of a bulk delete', () => {
  const ID = '0195d3c5-8c11-7a02-b3d4-5e6f70819203';

  /** One that deleted a record and kept another. */
  beforeEach(async () => {
    await db.pool.query(
      `TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, record_changes, products, events,
                webhook_deliveries, webhook_attempts;
       INSERT INTO jobs (id, number, type, kind, status, options, read_at, finished_at, created_by)
       VALUES ('${JOB}', 1, 'bulk_delete', 'products', 'completed', '{}', now(), now(), 'tester');
       INSERT INTO chunks (job_number, number, first_row, rows, first_line, byte_start, byte_end, staged_at, applied_at, deleted, kept)
       VALUES (1, 1, 1, 2, 1, 0, 0, now(), now(), 1, 1);
       INSERT INTO job_targets (job_number, "row", record_id, key, operation, version)
       VALUES (1, 1, '${ID}', 'a', 'deleted', 3), (1, 2, uuidv7(), 'b', 'deleted', 1);
       INSERT INTO row_outcomes (job_number, "row", outcome, record_id) VALUES (1, 1, 'deleted', '${ID}'), (1, 2, 'kept', uuidv7());
       INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before, changed_by)
       VALUES ('${JOB}', 1, 'products', '${ID}', 'deleted', '{"version": 3}', 'tester');
       INSERT INTO audit (id, actor, action, job_id, via) VALUES (uuidv7(), 'tester', 'bulk-delete', '${JOB}', 'api');
       INSERT INTO events (id, type, correlation_id, data, announced_at)
       VALUES ('${JOB}.completed', 'bulk_delete.completed', '${JOB}', '{}', now());
       UPDATE webhook_endpoints SET active = false`,
    );
  });

  const found = async (): Promise<string[]> => [
    ...(await findings()),
    ...((await listWrongDeletions(db.pool)).length > 0 ? ['listWrongDeletions'] : []),
  ];

  test('nothing is said where everything adds up, nor where an undo brought the record back', async () => {
    expect(await found()).toEqual([]);
    await db.pool.query(
      `INSERT INTO jobs (id, number, type, kind, status, options, read_at, finished_at, created_by, target_job_id)
       VALUES (uuidv7(), 2, 'undo', 'products', 'completed', '{}', now(), now(), 'tester', '${JOB}');
       INSERT INTO row_outcomes (job_number, "row", outcome, record_id) VALUES (2, 1, 'reversed', '${ID}');
       INSERT INTO products (id, sku, sku_key, name, price, last_change) VALUES ('${ID}', 'A', 'a', 'x', 1, uuidv7())`,
    );
    expect(await listWrongDeletions(db.pool)).toEqual([]);
  });

  test.each([
    ['it deleted another record', `UPDATE record_changes SET record_id = uuidv7()`, 'listWrongDeletions'],
    [
      'it deleted another version',
      `UPDATE record_changes SET before = '{"version": 4}'`,
      'listWrongDeletions',
    ],
    [
      'it changed what it was to delete',
      `UPDATE record_changes SET operation = 'updated'`,
      'listWrongDeletions',
    ],
    ['the earlier values are gone', 'DELETE FROM record_changes', 'listWrongDeletions'],
    [
      'the record is still there',
      `INSERT INTO products (id, sku, sku_key, name, price, last_change) VALUES ('${ID}', 'A', 'a', 'x', 1, uuidv7())`,
      'listWrongDeletions',
    ],
    ['a target is gone', 'DELETE FROM job_targets WHERE "row" = 2', 'listWrongCounters'],
    [
      'nobody asked for it',
      'SET session_replication_role = replica; TRUNCATE audit; RESET session_replication_role',
      'listUnauditedActions',
    ],
    ['its event was lost', 'TRUNCATE events', 'listMissingEvents'],
  ])('it is seen when %s', async (_what, corruption, expected) => {
    await db.pool.query(corruption);
    expect(await found()).toContain(expected);
  });
});
