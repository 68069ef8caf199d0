import { TextDecoder } from 'node:util';
import { guessEastAsianEncoding } from './east-asian-encoding.ts';
import type { Encoding } from './encodings.ts';

/** Letters outside ASCII that are in everyday use, by language. Capitals are not listed. */
const LATIN_WEST = [
  'éèêëàâçîïôùûœ', // French
  'äöüßé', // German
  'áéíóúñüªº', // Spanish, Catalan in part
  'ãõáéíóúâêôçàªº', // Portuguese
  'àèéìòù', // Italian
  'åäöé', // Swedish, Finnish
  'æøåéü', // Danish, Norwegian
  'ëéïöüè', // Dutch, Albanian
  'áðéíóúýþæö', // Icelandic
  'àéèíïóòúüç·', // Catalan
];
const LATIN_CENTRAL = [
  'ąćęłńóśźż', // Polish
  'áčďéěíňóřšťúůýž', // Czech
  'áäčďéíĺľňóôŕšťúýž', // Slovak
  'áéíóöőúüű', // Hungarian
  'čćđšž', // Croatian, Slovene, Bosnian
  'ăâîşţșț', // Romanian
];
const TURKISH = ['çğıöşüiâ'];
const BALTIC = ['ąčęėįšųūž', 'āčēģīķļņšūž', 'äõöüšž'];
/** Of other scripts the frequent letters only: read in the wrong encoding, a text consists of letters all the same. */
const CYRILLIC = ['оеаинтсрвлкмдпуяыьгзбчйё', 'оаинтевірсклдмупяьзгбїєч', 'аиоентрсвлкдпмзяъгбучйщ'];
const GREEK = ['αοιετσνηυρπκμλςάέήίόύώγδθφχβω'];
const HEBREW = ['אבגדהוזחטיכלמנסעפצקרשתםןףךץ'];

interface Candidate {
  encoding: Encoding;
  languages: readonly string[];
  /** Whether its letters stand among ASCII letters, one by one. */
  isLatin: boolean;
  /** How much likelier than the others it is before anything was read. */
  prior: number;
}

/**
 * In the order of how often they are met. Western files are in windows-1252 unless their letters say otherwise plainly:
 * ISO-8859-1 is the same wherever it has printable characters.
 */
const CANDIDATES: readonly Candidate[] = [
  { encoding: 'windows-1252', languages: LATIN_WEST, isLatin: true, prior: 0.2 },
  // Differs in eight characters, the euro sign among them: a hint of one has to do.
  { encoding: 'iso-8859-15', languages: LATIN_WEST, isLatin: true, prior: 0.19 },
  { encoding: 'windows-1250', languages: LATIN_CENTRAL, isLatin: true, prior: 0.05 },
  { encoding: 'iso-8859-2', languages: LATIN_CENTRAL, isLatin: true, prior: 0.04 },
  { encoding: 'macintosh', languages: LATIN_WEST, isLatin: true, prior: 0 },
  { encoding: 'windows-1254', languages: TURKISH, isLatin: true, prior: 0 },
  { encoding: 'windows-1257', languages: BALTIC, isLatin: true, prior: 0 },
  { encoding: 'windows-1251', languages: CYRILLIC, isLatin: false, prior: 0.05 },
  { encoding: 'koi8-r', languages: CYRILLIC, isLatin: false, prior: 0 },
  { encoding: 'ibm866', languages: CYRILLIC, isLatin: false, prior: 0 },
  { encoding: 'iso-8859-5', languages: CYRILLIC, isLatin: false, prior: 0 },
  { encoding: 'windows-1253', languages: GREEK, isLatin: false, prior: 0 },
  { encoding: 'windows-1255', languages: HEBREW, isLatin: false, prior: 0 },
];

/** Signs that stand beside words and numbers in texts of any language. */
const SIGNS = new Set('\u00a0€£¥§©®™°ºª²³½¼¾×±µ·•«»“”‘’„‚‹›–—…¿¡№´');
/** Of these, the ones that stand inside a word. */
const INSIDE_WORDS = new Set('’‘´·');
/** Text around bytes outside ASCII that is looked at, at most: it is as telling as all of it. */
const MAX_CHARACTERS = 20_000;

/**
 * Guesses the encoding of a text that is neither UTF-8 nor UTF-16. Each encoding is tried: in the right one the bytes outside
 * ASCII are letters of one language in places where letters stand, or signs in places where signs stand.
 *
 * @param sample has at least one byte outside ASCII
 * @returns windows-1252, which can read every byte, when nothing else fits clearly better
 */
export function guessLegacyEncoding(sample: Buffer): { encoding: Encoding; confidence: number } {
  const excerpt = excerptAround(sample);
  let best = { encoding: 'windows-1252' as Encoding, fit: -1, total: -Infinity };
  for (const candidate of CANDIDATES) {
    const fit = fitOf(new TextDecoder(candidate.encoding).decode(excerpt), candidate);
    const total = fit + candidate.prior;
    if (total > best.total) best = { encoding: candidate.encoding, fit, total };
  }
  if (best.fit < 0.8) {
    const eastAsian = guessEastAsianEncoding(sample);
    if (eastAsian !== null && eastAsian.fit > best.fit + 0.1) {
      return { encoding: eastAsian.encoding, confidence: toConfidence(eastAsian.fit, excerpt) };
    }
  }
  if (best.fit < 0.3) return { encoding: 'windows-1252', confidence: 0.3 };
  return { encoding: best.encoding, confidence: toConfidence(best.fit, excerpt) };
}

/** No guess is sure, and one from a few letters is hardly more than a guess. */
function toConfidence(fit: number, excerpt: Buffer): number {
  let evidence = 0;
  for (const byte of excerpt) if (byte >= 0x80) evidence += 1;
  return Math.round(Math.min(0.95, fit) * Math.min(1, 0.6 + 0.04 * evidence) * 100) / 100;
}

/** The bytes outside ASCII with one byte on either side, so that a long text with few of them stays short. */
function excerptAround(sample: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(Math.min(sample.length * 2, MAX_CHARACTERS + 4));
  let length = 0;
  for (let at = 0; at < sample.length && length < MAX_CHARACTERS; at += 1) {
    const here = sample[at] ?? 0;
    const before = sample[at - 1] ?? 0x0a;
    const after = sample[at + 1] ?? 0x0a;
    if (here < 0x80 && before < 0x80 && after < 0x80) continue;
    kept[length] = here;
    length += 1;
    // What follows is not beside it in the text.
    if (here < 0x80 && after < 0x80) {
      kept[length] = 0x0a;
      length += 1;
    }
  }
  return kept.subarray(0, length);
}

/** How well a decoded text goes with the best of an encoding's languages: 1 for perfectly, below 0 for not at all. */
function fitOf(text: string, { languages, isLatin }: Candidate): number {
  const characters = Array.from(text);
  let best = -1;
  for (const language of languages) {
    const alphabet = new Set(language);
    let sum = 0;
    let count = 0;
    for (const [at, character] of characters.entries()) {
      if (character < '\u0080') continue;
      count += 1;
      sum += valueOf(character, characters[at - 1] ?? '\n', characters[at + 1] ?? '\n', alphabet, isLatin);
    }
    best = Math.max(best, count === 0 ? 0 : sum / count);
  }
  return best;
}

function valueOf(
  character: string,
  before: string,
  after: string,
  alphabet: ReadonlySet<string>,
  isLatin: boolean,
): number {
  if (isLetter(character) && !SIGNS.has(character)) {
    const small = character.toLowerCase();
    if (isDigit(before) || isDigit(after)) return -0.5;
    if (!isLatin && (isAsciiLetter(before) || isAsciiLetter(after))) return -1;
    // A letter on its own may be a word, and more often is a sign in another encoding.
    if (!isLetter(before) && !isLetter(after)) return alphabet.has(small) ? 0.2 : -0.5;
    // "FrŽdŽric": a capital inside a word of small letters.
    if (character !== small && isLetter(before) && before === before.toLowerCase()) return -1;
    // Latin words have their accents apart from each other; a row of them is another script.
    if (isLatin && isAccented(before) && isAccented(after)) return -0.5;
    return alphabet.has(small) || alphabet.has(character) ? 1 : -0.5;
  }
  if (!SIGNS.has(character)) return -1;
  if (isLetter(before) && isLetter(after)) return INSIDE_WORDS.has(character) ? 0.7 : -1;
  return 0.7;
}

function isLetter(character: string): boolean {
  return (
    character.toLowerCase() !== character.toUpperCase() || (character >= '\u0590' && character <= '\u05ff')
  );
}

function isAsciiLetter(character: string): boolean {
  return character < '\u0080' && isLetter(character);
}

function isAccented(character: string): boolean {
  return character >= '\u0080' && isLetter(character);
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
