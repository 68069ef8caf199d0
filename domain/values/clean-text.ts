/** Printable ASCII without a blank at its edges: nothing to clean, and quicker seen than cleaned. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/**
 * Characters that nobody sees: soft hyphen, grapheme joiner, zero-width characters, marks and overrides of direction, byte order
 * mark, fillers. Old systems and copying from web pages leave them around values.
 */
const INVISIBLE = String.raw`\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0`;
/** The next line of old mainframes, and the Braille pattern without dots, are no blanks to JavaScript, but look like ones. */
const BLANK = String.raw`\s\u0085\u2800`;

const EDGE = new RegExp(`[${INVISIBLE}${BLANK}]`);
const ANY_BLANK = new RegExp(`[${BLANK}]`, 'g');
/** The sign for emoji or text style counts too: with and without it, a key looks the same. */
const ANY_INVISIBLE = new RegExp(String.raw`[${INVISIBLE}\ufe00-\ufe0f]`, 'g');
/** Below U+0300 every text is composed. */
const MAY_NEED_COMPOSING = /[^\u0000-\u02ff]/;

/** Control characters other than tabs, line ends, and what old systems write for them (VT, FF, NEL). */
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f]/;

/** A cell in Unicode's canonical composition (NFC), without blanks and invisible characters at its edges. */
export function cleanText(cell: string): string {
  return PLAIN.test(cell) ? cell : trimInvisible(compose(cell));
}

/**
 * A text that identifies a record: two that look the same are the same. Invisible characters go wherever they stand, and every
 * kind of blank is a plain one.
 */
export function cleanKey(cell: string): string {
  if (PLAIN.test(cell)) return cell;
  return cell.replace(ANY_INVISIBLE, '').replace(ANY_BLANK, ' ').trim().normalize('NFC');
}

/** Whether the cleaned form of a text is the text itself, seen at a glance; false says nothing. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/**
 * What a text can't be stored with, or would be stored with by mistake: a control character (a NUL, or the trace of a wrong
 * encoding), or half of a character.
 *
 * @returns its code point, such as `U+0007`, or null
 */
export function findUnstorable(text: string): string | null {
  const found = CONTROL.exec(text) ?? (text.isWellFormed() ? null : LONE_SURROGATE.exec(text));
  const code = found?.[0].codePointAt(0);
  return code === undefined ? null : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function compose(text: string): string {
  return MAY_NEED_COMPOSING.test(text) ? text.normalize('NFC') : text;
}

/** Two walks from the edges: a regular expression would try every run of blanks inside of the text, and again from each of them. */
function trimInvisible(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) start += 1;
  while (end > start && EDGE.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}
