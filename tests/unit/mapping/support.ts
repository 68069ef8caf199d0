import type { CallerMapping, RecordKind } from '../../../contracts/words.ts';
import { type Kind, KINDS } from '../../../domain/kinds/index.ts';
import { createRecordMapper } from '../../../domain/mapping/map-record.ts';
import { type HeaderToMatch, type HeaderMatch, matchHeader } from '../../../domain/mapping/match-header.ts';

/** Cells of a record as an object, in the kind's names; what is not said is blank. */
type Sample = Record<string, string>;

/** Columns of a header that is written as in a file without quotes. */
export function cellsOf(header: string): string[] {
  return header.split(',');
}

export function match(
  kind: RecordKind,
  header: readonly string[],
  { given, ...options }: Partial<Omit<HeaderToMatch, 'header' | 'kind'>> & { given?: CallerMapping } = {},
): HeaderMatch {
  const mapping = given === undefined ? null : { name: null, columns: given };
  return matchHeader({ header, kind: KINDS[kind], mode: 'upsert', mapping, ...options });
}

/** The values of mapped records by column, or the reason for which one is skipped. */
export function mapAll(
  kind: RecordKind,
  header: readonly string[],
  samples: readonly Sample[],
  { mapping, problems }: HeaderMatch,
): (Record<string, string | null> | string)[] {
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  const mapper = createRecordMapper(mapping, KINDS[kind]);
  return samples.map((sample) => {
    const unknown = Object.keys(sample).filter((name) => !header.includes(name));
    if (unknown.length > 0) throw new Error(`not in the header: ${unknown.join(', ')}`);
    const { values, skip } = mapper.map(header.map((name) => sample[name] ?? ''));
    return skip?.message ?? named(KINDS[kind], values);
  });
}

function named({ columns }: Kind, values: readonly (string | null)[]): Record<string, string | null> {
  return Object.fromEntries(columns.map(({ name }, index) => [name, values[index] ?? null]));
}
