import { everyActionAudited } from './every-action-audited.ts';
import { historiesReplay } from './histories-replay.ts';
import { everyEventDelivered } from './every-event-delivered.ts';
import type { Evidence, Invariant } from './invariant.ts';
import { noLostImport } from './no-lost-import.ts';
import { nothingLeftBehind } from './nothing-left-behind.ts';
import { nothingStuck } from './nothing-stuck.ts';
import { oneEffectPerRow } from './one-effect-per-row.ts';
import { onlyWhatWasAsked } from './only-what-was-asked.ts';
import { ordersAddUp } from './orders-add-up.ts';

export type { Evidence } from './invariant.ts';

/** The rules that are checked, in the order of their names. */
export const INVARIANTS: readonly Invariant[] = [
  noLostImport,
  oneEffectPerRow,
  ordersAddUp,
  everyEventDelivered,
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
