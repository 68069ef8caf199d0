/** What the name of a key follows where it acts. */
export const KEY_SUBJECT = 'key:';

/** The subject is kept with jobs and shown: short, and without control characters. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

/** Whether a token may have this subject. None may pass for a key. */
export function isUsableSubject(subject: unknown): subject is string {
  return typeof subject === 'string' && SUBJECT.test(subject) && !subject.startsWith(KEY_SUBJECT);
}
