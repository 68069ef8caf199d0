import type pg from 'pg';
import type { Database } from '../prisma/client.ts';

/** What the plans of a list use. */
export interface PlanNotes {
  indexes: Set<string>;
  /** Tables that are read as a whole. */
  scanned: Set<string>;
}

interface PlanNode {
  'Node Type': string;
  'Index Name'?: string;
  'Relation Name'?: string;
  Plans?: PlanNode[];
}

/** A database that notes the plan of each statement, as it is run: within its transaction and under its settings. */
export function explaining(database: Database, notes: PlanNotes): Database {
  const connect = async (): Promise<pg.PoolClient> => {
    const client = await database.pool.connect();
    return new Proxy(client, {
      get(target, name) {
        if (name === 'query') {
          return async (text: string, values?: unknown[]) => {
            if (/^\s*(?:SELECT|WITH)\b/.test(text)) {
              const { rows } = await target.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
                `EXPLAIN (FORMAT json) ${text}`,
                values,
              );
              for (const { Plan } of rows[0]?.['QUERY PLAN'] ?? []) note(Plan, notes);
            }
            return target.query(text, values);
          };
        }
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  };
  return { ...database, pool: { connect } as unknown as pg.Pool };
}

function note(node: PlanNode, notes: PlanNotes): void {
  const { 'Node Type': type, 'Index Name': index, 'Relation Name': relation } = node;
  if (index !== undefined) notes.indexes.add(index);
  if (type === 'Seq Scan' && relation !== undefined) notes.scanned.add(relation);
  for (const child of node.Plans ?? []) note(child, notes);
}
