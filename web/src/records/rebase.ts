/** What stands in a field of a form. */
export type FieldText = string | boolean;
export type FieldTexts = Readonly<Record<string, FieldText>>;

/** A field that was changed by somebody else while it was being edited. */
export interface Meanwhile {
  name: string;
  before: FieldText;
  theirs: FieldText;
  /** What was typed here: null where this field was left alone, which then takes theirs. */
  mine: FieldText | null;
}

/**
 * Puts what was typed on top of what a record has become meanwhile.
 *
 * @param before the record as it was when the form was opened
 * @param now as it is
 * @param typed what the form says
 * @returns what the form says now, and each field that somebody else has changed
 */
export function rebase(
  before: FieldTexts,
  now: FieldTexts,
  typed: FieldTexts,
): { texts: FieldTexts; meanwhile: Meanwhile[] } {
  const texts: Record<string, FieldText> = { ...typed };
  const meanwhile: Meanwhile[] = [];
  for (const [name, theirs] of Object.entries(now)) {
    const was = before[name] ?? '';
    if (theirs === was) continue;
    const mine = typed[name] ?? '';
    const isMine = mine !== was;
    if (!isMine) texts[name] = theirs;
    if (mine !== theirs) meanwhile.push({ name, before: was, theirs, mine: isMine ? mine : null });
  }
  return { texts, meanwhile };
}

/** @returns what differs between a record and what the form says, as the API takes it: null for what is empty */
export function changedValues(
  before: FieldTexts,
  typed: FieldTexts,
): Record<string, string | boolean | null> {
  return Object.fromEntries(
    Object.entries(typed)
      .filter(([name, text]) => text !== (before[name] ?? ''))
      .map(([name, text]) => [name, typeof text === 'string' && text.trim() === '' ? null : text]),
  );
}
