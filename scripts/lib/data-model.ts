/** A column, as the schema has it. */
interface Column {
  name: string;
  /** Of PostgreSQL, or the name of an enumeration. */
  type: string;
  isNullable: boolean;
  isKey: boolean;
  comment: string;
}

export interface Table {
  name: string;
  comment: string;
  columns: Column[];
  /** Columns that make the primary key, or are unique together. */
  key: string[];
  unique: string[][];
  indexes: string[][];
  /** Tables that its foreign keys lead to. */
  references: { column: string; table: string; onDelete: string }[];
}

export interface Enumeration {
  name: string;
  values: string[];
}

export interface DataModel {
  tables: Table[];
  enumerations: Enumeration[];
}

/** Types of Prisma in PostgreSQL, where no `@db` says otherwise. */
const POSTGRES: Record<string, string> = {
  String: 'text',
  Int: 'integer',
  BigInt: 'bigint',
  Boolean: 'boolean',
  Json: 'jsonb',
  DateTime: 'timestamp',
  Decimal: 'numeric',
  Bytes: 'bytea',
};

const BLOCK = /(?:^(?<kind>model|enum) (?<name>\w+) \{\n)(?<body>[\s\S]*?)^\}/gm;

/** Reads the schema of the database: what it says in its own language, and in comments. */
export function readDataModel(schema: string): DataModel {
  const blocks = [...schema.matchAll(BLOCK)].map(({ index, groups = {} }) => ({
    kind: groups.kind ?? '',
    name: groups.name ?? '',
    body: groups.body ?? '',
    comment: commentAbove(schema.slice(0, index)),
  }));
  const enumerations = blocks.filter(({ kind }) => kind === 'enum');
  const models = blocks.filter(({ kind }) => kind === 'model');
  const tableOf = new Map(models.map(({ name, body }) => [name, mappedName(body) ?? name]));
  const enumOf = new Map(enumerations.map(({ name, body }) => [name, mappedName(body) ?? name]));
  return {
    tables: models.map((model) => readTable(model, tableOf, enumOf)),
    enumerations: enumerations.map(({ name, body }) => ({
      name: enumOf.get(name) ?? name,
      values: [...body.matchAll(/^ {2}(\w+)/gm)].map(([, value = '']) => value),
    })),
  };
}

function readTable(
  { name, body, comment }: { name: string; body: string; comment: string },
  tableOf: ReadonlyMap<string, string>,
  enumOf: ReadonlyMap<string, string>,
): Table {
  const columns = new Map<string, Column>();
  const references: Table['references'] = [];
  const lines = body.split('\n').map((line) => line.trim());
  let note: string[] = [];
  for (const line of lines) {
    const [, said] = /^\/\/\/ (.*)$/.exec(line) ?? [];
    if (said !== undefined) {
      note.push(said);
      continue;
    }
    const [, field = '', type = '', suffix = '', rest = ''] =
      /^(\w+)\s+(\w+)(\?|\[\])?\s*(.*)$/.exec(line) ?? [];
    const about = note.join(' ');
    note = [];
    if (field === '') continue;
    const target = tableOf.get(type);
    if (target !== undefined) {
      const column = /fields: \[(\w+)\]/.exec(rest)?.[1];
      const onDelete = /onDelete: (\w+)/.exec(rest)?.[1] ?? 'Restrict';
      if (column !== undefined) references.push({ column, table: target, onDelete });
      continue;
    }
    columns.set(field, {
      name: /@map\("(\w+)"\)/.exec(rest)?.[1] ?? field,
      type: columnType(type, rest, enumOf) + (suffix === '[]' ? '[]' : ''),
      // The schema's language has no list that may not be null.
      isNullable: suffix !== '',
      isKey: /(^|\s)@id\b/.test(rest),
      comment: about,
    });
  }
  const named = (fields: string): string[] =>
    fields.split(/,\s*/).map((field) => columns.get(field)?.name ?? field);
  const listed = (attribute: string): string[][] =>
    lines.flatMap((line) => {
      const [, fields] = new RegExp(`^@@${attribute}\\(\\[([^\\]]+)\\]`).exec(line) ?? [];
      return fields === undefined ? [] : [named(fields)];
    });
  const [key = [...columns.values()].filter(({ isKey }) => isKey).map((column) => column.name)] =
    listed('id');
  const single = lines
    .filter((line) => /\s@unique\b/.test(line))
    .map((line) => named(/^\w+/.exec(line)?.[0] ?? ''));
  return {
    name: tableOf.get(name) ?? name,
    comment,
    columns: [...columns.values()],
    key,
    unique: [...single, ...listed('unique')],
    indexes: listed('index'),
    references: references.map(({ column, ...rest }) => ({ ...rest, column: named(column).join() })),
  };
}

function columnType(type: string, rest: string, enumOf: ReadonlyMap<string, string>): string {
  const [, given, size] = /@db\.(\w+)(?:\(([\d, ]+)\))?/.exec(rest) ?? [];
  if (given === 'Timestamptz') return 'timestamptz';
  if (given === 'Decimal') return `numeric(${(size ?? '').replaceAll(' ', '')})`;
  if (given === 'VarChar') return `character varying(${size ?? ''})`;
  if (given !== undefined) return given.toLowerCase();
  return enumOf.get(type) ?? POSTGRES[type] ?? type;
}

function mappedName(body: string): string | undefined {
  return /@@map\("(\w+)"\)/.exec(body)?.[1];
}

/** The comment that ends where a block begins. */
function commentAbove(text: string): string {
  const [above = ''] = /(?:\/\/\/ .*\n)+$/.exec(text) ?? [];
  return above.replaceAll(/\/\/\/ (.*)\n/g, '$1 ').trim();
}
