import type { ImportKind } from '../../contracts/words.ts';
import type { CallerMapping } from '../../domain/mapping/mapping.ts';
import { isUniqueViolation, type Queryable } from '../client.ts';

/** A mapping that somebody saved under a name. */
export interface SavedMapping {
  id: string;
  name: string;
  kind: ImportKind;
  columns: CallerMapping;
  /** Of the header for which it is suggested; null for none. */
  headerFingerprint: string | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

export type NewMapping = Pick<SavedMapping, 'name' | 'kind' | 'columns' | 'headerFingerprint' | 'createdBy'>;

const FIELDS = `id, name, kind, columns, header_fingerprint AS "headerFingerprint", created_by AS "createdBy",
              created_at AS "createdAt", updated_at AS "updatedAt", version`;

/** @returns null when another mapping has the name */
export async function createMapping(db: Queryable, mapping: NewMapping): Promise<SavedMapping | null> {
  const { name, kind, columns, headerFingerprint, createdBy } = mapping;
  const { rows } = await db.query<SavedMapping>(
    `INSERT INTO mappings (name, kind, columns, header_fingerprint, created_by)
     VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO NOTHING
     RETURNING ${FIELDS}`,
    [name, kind, JSON.stringify(columns), headerFingerprint, createdBy],
  );
  return rows[0] ?? null;
}

export async function findMapping(db: Queryable, id: string): Promise<SavedMapping | null> {
  const { rows } = await db.query<SavedMapping>(`SELECT ${FIELDS} FROM mappings WHERE id = $1`, [id]);
  return rows[0] ?? null;
}

export async function findMappingByName(db: Queryable, name: string): Promise<SavedMapping | null> {
  const { rows } = await db.query<SavedMapping>(`SELECT ${FIELDS} FROM mappings WHERE name = $1`, [name]);
  return rows[0] ?? null;
}

/**
 * The mapping to suggest for a header: of those that were saved with the same one, the last that was changed.
 *
 * @param fingerprints of the header, in each of the forms that a mapping may have been saved with
 */
export async function findMappingForHeader(
  db: Queryable,
  kind: ImportKind,
  fingerprints: readonly string[],
): Promise<SavedMapping | null> {
  // By the index on header_fingerprint.
  const { rows } = await db.query<SavedMapping>(
    `SELECT ${FIELDS}
       FROM mappings
      WHERE kind = $1 AND header_fingerprint = ANY ($2::text[])
      ORDER BY updated_at DESC, id DESC
      LIMIT 1`,
    [kind, fingerprints],
  );
  return rows[0] ?? null;
}

/** @param before id of the last mapping of the page before, null for the first page */
export async function listMappings(
  db: Queryable,
  filter: { kind?: ImportKind | undefined; before: string | null; limit: number },
): Promise<SavedMapping[]> {
  // Ids grow with time: newest first is the primary key backwards.
  const { rows } = await db.query<SavedMapping>(
    `SELECT ${FIELDS}
       FROM mappings
      WHERE ($1::text IS NULL OR kind = $1) AND ($2::uuid IS NULL OR id < $2)
      ORDER BY id DESC
      LIMIT $3`,
    [filter.kind ?? null, filter.before, filter.limit],
  );
  return rows;
}

/** What is to be changed; fields that are missing stay. */
export type MappingChange = Partial<Pick<SavedMapping, 'name' | 'columns' | 'headerFingerprint'>>;

/**
 * Changes a mapping that still has the version that was read.
 *
 * @returns null when it has not, or is gone; `name-taken` when another one has the name
 */
export async function changeMapping(
  db: Queryable,
  { id, version }: Pick<SavedMapping, 'id' | 'version'>,
  change: MappingChange,
): Promise<SavedMapping | null | 'name-taken'> {
  const { name, columns, headerFingerprint } = change;
  try {
    const { rows } = await db.query<SavedMapping>(
      `UPDATE mappings
          SET name = coalesce($3, name), columns = coalesce($4, columns),
              header_fingerprint = CASE WHEN $5 THEN $6 ELSE header_fingerprint END,
              updated_at = now(), version = version + 1
        WHERE id = $1 AND version = $2
        RETURNING ${FIELDS}`,
      [
        id,
        version,
        name ?? null,
        columns === undefined ? null : JSON.stringify(columns),
        headerFingerprint !== undefined,
        headerFingerprint ?? null,
      ],
    );
    return rows[0] ?? null;
  } catch (error) {
    if (isUniqueViolation(error)) return 'name-taken';
    throw error;
  }
}

/** @returns whether it was there with this version */
export async function deleteMapping(
  db: Queryable,
  { id, version }: Pick<SavedMapping, 'id' | 'version'>,
): Promise<boolean> {
  const { rowCount } = await db.query(`DELETE FROM mappings WHERE id = $1 AND version = $2`, [id, version]);
  return rowCount === 1;
}
