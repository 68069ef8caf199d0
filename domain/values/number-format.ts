/**
 * What the decimal sign of a column is: `point` (1,234.50), `comma` (1.234,50), `mixed` when the file shows both without doubt,
 * `unknown` when no cell tells.
 */
export type NumberFormat = 'point' | 'comma' | 'mixed' | 'unknown';

/** The formats of a file's numeric columns; a column that is not named is `unknown`. */
export type NumberFormats = Readonly<Record<string, NumberFormat>>;

/** How many cells of a column say what its decimal sign is, and how many can be read in two ways. */
export interface NumberEvidence {
  point: number;
  comma: number;
  /** Cells such as `1.234`, whose value depends on the format of the column. */
  ambiguous: number;
}

/** By the name of the column. */
export type NumberEvidences = Record<string, NumberEvidence>;

/** What is known of a chunk that has been staged. */
export interface StagedNumbers {
  /** By which its numbers were read. */
  formats: NumberFormats;
  evidence: Readonly<NumberEvidences>;
}

/** The evidence of several parts of a file together. */
export function mergeNumberEvidence(parts: Iterable<Readonly<NumberEvidences>>): NumberEvidences {
  const merged: NumberEvidences = {};
  for (const part of parts) {
    for (const [column, { point, comma, ambiguous }] of Object.entries(part)) {
      const sum = (merged[column] ??= { point: 0, comma: 0, ambiguous: 0 });
      sum.point += point;
      sum.comma += comma;
      sum.ambiguous += ambiguous;
    }
  }
  return merged;
}

/** One cell that is sure is enough, and one that is sure of the opposite is enough to doubt all the others. */
export function decideNumberFormat({ point, comma }: Readonly<NumberEvidence>): NumberFormat {
  if (point > 0) return comma > 0 ? 'mixed' : 'point';
  return comma > 0 ? 'comma' : 'unknown';
}

/**
 * The formats of all columns of which there is evidence. A column that does not tell is written as the others are, where they
 * all agree: one program wrote them all.
 */
export function decideNumberFormats(evidence: Readonly<NumberEvidences>): Record<string, NumberFormat> {
  const formats = Object.entries(evidence).map(
    ([column, ofColumn]) => [column, decideNumberFormat(ofColumn)] as const,
  );
  const shown = new Set(formats.map(([, format]) => format).filter((format) => format !== 'unknown'));
  const [common = 'unknown'] = shown.size === 1 ? shown : [];
  const fallback = common === 'mixed' ? 'unknown' : common;
  return Object.fromEntries(
    formats.map(([column, format]) => [column, format === 'unknown' ? fallback : format]),
  );
}

/**
 * Whether a chunk that was staged by earlier formats has to be staged once more, given those that the evidence of the whole file
 * decides: a format differs, and the chunk has cells whose value depends on it. The evidence of a chunk is the same whatever it
 * is staged by, so that once more is enough.
 */
export function mustRestage({ formats, evidence }: StagedNumbers, final: NumberFormats): boolean {
  return Object.entries(evidence).some(
    ([column, { ambiguous }]) =>
      ambiguous > 0 && (formats[column] ?? 'unknown') !== (final[column] ?? 'unknown'),
  );
}

/** Those of a file's chunks that have to be staged once more ({@link mustRestage}), in the order given. */
export function chunksToRestage<Chunk extends StagedNumbers>(
  chunks: readonly Chunk[],
  final: NumberFormats,
): Chunk[] {
  return chunks.filter((chunk) => mustRestage(chunk, final));
}
