import { KINDS } from '../../../domain/kinds/index.ts';
import type { NumberEvidence, NumberFormat } from '../../../domain/values/number-format.ts';
import { CLEAR, createCellReader } from '../../../domain/values/parse-cell.ts';

export interface ReadOnce {
  /** The value; or the code of the fault, with `!` in front; null for a blank cell; `clear`. */
  outcome: string | null;
  message: string | null;
  /** What the cell shows of the format of its column. */
  evidence: keyof NumberEvidence | null;
}

/** Reads one cell by itself, as it stands in a column of a real kind. */
export function readOnce(name: string, cell: string, format: NumberFormat = 'unknown'): ReadOnce {
  const [found] = Object.values(KINDS).flatMap(({ keyColumn, columns }) =>
    columns.filter((one) => one.name === name).map((column) => ({ column, isKey: name === keyColumn })),
  );
  if (found === undefined) throw new Error(`no kind has a column ${name}`);
  const evidence: NumberEvidence = { point: 0, comma: 0, ambiguous: 0 };
  const parsed = createCellReader({ ...found, format, evidence })(cell);
  const [shown] = (Object.keys(evidence) as (keyof NumberEvidence)[]).filter((key) => evidence[key] > 0);
  const known = { message: null, evidence: shown ?? null };
  if (parsed === CLEAR) return { ...known, outcome: 'clear' };
  if (parsed === null || typeof parsed === 'string') return { ...known, outcome: parsed };
  return { ...known, outcome: `!${parsed.code}`, message: parsed.message };
}
