/**
 * The form in which keys are compared and locked: the same for every record, made here and nowhere else (SQL never
 * lower-cases). Unicode's canonical composition, without surrounding blanks, in lower case.
 */
export function toKey(text: string): string {
  return text.normalize('NFC').trim().toLowerCase();
}
