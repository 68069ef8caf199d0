import pg from 'pg';

/** Prisma's own table is what says which migrations are applied; it stays when all have been taken back. */
const FOREIGN_TABLE = '_prisma_migrations';

/** Each gives one line per thing there is, in the words of PostgreSQL's catalogue. */
const PARTS: readonly string[] = [
  `SELECT format('%s %s %s %s', CASE relkind WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' ELSE 'relation' END,
                 oid::regclass, relpersistence, reloptions) AS line
     FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
  // No position: a column that was dropped and added again stands last, and nothing depends on that.
  `SELECT format('column %s.%s %s null=%s default=%s identity=%s generated=%s collation=%s storage=%s statistics=%s',
                 c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                 pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
                 NULLIF(a.attcollation, 0)::regcollation, a.attstorage, a.attstattarget) AS line
     FROM pg_attribute a
     JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm')
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped`,
  `SELECT format('index %s', pg_get_indexdef(indexrelid)) AS line
     FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = 'public'::regnamespace`,
  `SELECT format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid)) AS line
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace`,
  `SELECT format('trigger on %s: %s', tgrelid::regclass, pg_get_triggerdef(oid)) AS line
     FROM pg_trigger WHERE NOT tgisinternal`,
  `SELECT format('function %s', pg_get_functiondef(oid)) AS line
     FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p')`,
  `SELECT format('view %s: %s', oid::regclass, pg_get_viewdef(oid)) AS line
     FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace`,
  `SELECT format('enum %s: %s', t.oid::regtype, string_agg(enumlabel, ', ' ORDER BY enumsortorder)) AS line
     FROM pg_enum JOIN pg_type t ON t.oid = enumtypid
    WHERE t.typnamespace = 'public'::regnamespace GROUP BY t.oid`,
  `SELECT format('type %s %s', typname, typtype) AS line
     FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r', 'm')`,
  `SELECT format('schema %s', nspname) AS line FROM pg_namespace WHERE nspname !~ '^pg_'`,
  `SELECT format('extension %s', extname) AS line FROM pg_extension`,
];

/** All that makes up a database's schema, one line per thing, sorted. */
export async function describeSchema(databaseUrl: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const lines: string[] = [];
    for (const part of PARTS) {
      const { rows } = await client.query<{ line: string }>(part);
      lines.push(...rows.map(({ line }) => line).filter((line) => !line.includes(FOREIGN_TABLE)));
    }
    return lines.sort();
  } finally {
    await client.end();
  }
}
