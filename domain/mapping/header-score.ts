import type { ImportKind } from '../../contracts/words.ts';
import { type AnyKind, IMPORTABLE } from '../kinds/index.ts';
import { HeaderIndex } from './header-name.ts';
import { matchColumns } from './match-columns.ts';
import { findShape } from './recognise-export.ts';

/** A header without the key of its kind is half as likely to be one. */
const WITHOUT_KEY = 0.5;
/** What a kind must reach to be named. */
const MIN_KIND_SCORE = 0.5;

/**
 * How much a record looks like the header of something that can be imported: 0 for one of which no cell is known, 1 for a
 * header of known names only, or one of a known system.
 */
export function headerScore(
  cells: readonly string[],
  kinds: readonly AnyKind[] = Object.values(IMPORTABLE),
): number {
  const header = new HeaderIndex(cells);
  return Math.max(0, ...kinds.map((kind) => scoreFor(header, kind)));
}

/**
 * Guesses what the records under a header are.
 *
 * @returns null where nothing, or more than one kind, is likely
 */
export function guessKind(header: readonly string[]): { kind: ImportKind; confidence: number } | null {
  const index = new HeaderIndex(header);
  const [best, second] = Object.values(IMPORTABLE)
    .map((kind) => ({ kind: kind.name, confidence: scoreFor(index, kind) }))
    .sort((a, b) => b.confidence - a.confidence);
  if (best === undefined || best.confidence < MIN_KIND_SCORE) return null;
  return second?.confidence === best.confidence ? null : best;
}

const NOTHING = { columns: new Set<string>(), positions: new Set<number>() };

function scoreFor(header: HeaderIndex, kind: AnyKind): number {
  if (findShape(header, kind.name) !== null) return 1;
  const { matched, problems } = matchColumns(header, kind, NOTHING, '');
  // Two headers for one column stop an import, but they are headers all the same.
  const columns = [...matched.map(({ mapping }) => mapping.column), ...problems.flatMap((p) => p.columns)];
  const weight = matched.reduce((sum, { confidence }) => sum + confidence, 0) + problems.length;
  const isNamed = (name: string, position: number): boolean => name !== '' && !header.isOwn(position);
  const named = header.names.filter(isNamed).length;
  if (named === 0 || columns.length === 0) return 0;
  const share = Math.min(1, weight / Math.min(named, kind.columns.length));
  return columns.includes(kind.keyColumn) ? share : share * WITHOUT_KEY;
}
