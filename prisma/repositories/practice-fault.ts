import type { Queryable } from '../client.ts';

/** The domain of the customers whom the database refuses while the fault is there. Nobody has it: RFC 2606 keeps it for examples. */
export const REFUSED_DOMAIN = 'refused.example';

/** Puts a fault into the database, so that somebody can practise to recover from one: it refuses customers of one domain. */
export async function addPracticeFault(db: Queryable): Promise<void> {
  await removePracticeFault(db);
  // What is there already is not looked at, so this takes no time.
  await db.query(
    `ALTER TABLE customers ADD CONSTRAINT practice_fault CHECK (email_key NOT LIKE '%@${REFUSED_DOMAIN}') NOT VALID`,
  );
}

/** Puts it right again. Repeated, it changes nothing. */
export async function removePracticeFault(db: Queryable): Promise<void> {
  await db.query('ALTER TABLE customers DROP CONSTRAINT IF EXISTS practice_fault');
}
