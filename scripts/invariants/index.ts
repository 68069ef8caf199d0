import { everyActionAudited } from './every-action-audited.ts';
import { historiesReplay } from './histories-replay.ts';
import type { Evidence, Invariant } from './invariant.ts';
import { noLostImport } from './no-lost-import.ts';
import { nothingLeftBehind } from './nothing-left-behind.ts';
import { nothingStuck } from './nothing-stuck.ts';
import { oneEffectPerRow } from './one-effect-per-row.ts';
import { onlyWhatWasAsked } from './only-what-was-asked.ts';

export type { Evidence } from './invariant.ts';

/**
 * The rules that are checked, in the order of their names. I3 (orders) and I4 (events)
 * come with what they speak of: one file each, and a line here.
 */
export const INVARIANTS: readonly Invariant[] = [
  noLostImport,
  oneEffectPerRow,
  nothingStuck,
  historiesReplay,
  everyActionAudited,
  onlyWhatWasAsked,
  nothingLeftBehind,
];

export interface InvariantReport {
  id: string;
  rule: string;
  broken: string[];
}

/** Checks every rule. */
export async function checkInvariants(evidence: Evidence): Promise<InvariantReport[]> {
  const reports: InvariantReport[] = [];
  for (const { id, rule, check } of INVARIANTS) reports.push({ id, rule, broken: await check(evidence) });
  return reports;
}
