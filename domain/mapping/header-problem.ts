import type { FileErrorCode } from '../../contracts/errors.ts';

/** The problems that a header can have. */
export type HeaderProblemCode = Extract<
  FileErrorCode,
  'missing_columns' | 'duplicate_columns' | 'ambiguous_columns' | 'mapping_mismatch'
>;

/** Why a file can't be imported under its header. */
export interface HeaderProblem {
  code: HeaderProblemCode;
  /** A sentence: what, where, and what to do. */
  message: string;
  /** The columns of the kind that are concerned; with `mapping_mismatch` as the caller wrote them. */
  columns: string[];
}

/** Names for a sentence. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** Part of a mapping that a caller may send, for a sentence. */
export function mappingExample(column: string, source: unknown): string {
  return JSON.stringify({ [column]: source });
}
