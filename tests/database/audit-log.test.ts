import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../prisma/client.ts';
import { listAudit, recordAction } from '../../prisma/repositories/audit.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;
const id = uuidv7();

beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
  await recordAction(db.pool, {
    ...{ id, actor: 'ada', action: 'erase', jobId: null, before: null, after: null, via: 'api' },
  });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

describe('the audit log only grows', () => {
  test.each([
    ['changed', `UPDATE audit SET actor = 'eve'`],
    [
      'changed by an upsert',
      `INSERT INTO audit (id, actor, action, via) VALUES ('${id}', 'eve', 'erase', 'api')
       ON CONFLICT (id) DO UPDATE SET actor = 'eve'`,
    ],
    ['deleted', 'DELETE FROM audit'],
    ['emptied', 'TRUNCATE audit'],
  ])('an entry is not %s', async (_what, statement) => {
    await expect(db.pool.query(statement)).rejects.toThrow('the audit log can not be changed');
    expect(await listAudit(db.prisma, {}, null, 10)).toMatchObject([{ id, actor: 'ada' }]);
  });
});
