import type { Encoding } from './encodings.ts';

interface Candidate {
  encoding: Encoding;
  /** The bytes that are a character by themselves: half-width kana. */
  single?: readonly [low: number, high: number];
  /** The first bytes of kana. */
  kana?: readonly [low: number, high: number];
  /**
   * How usual a character is, by its two bytes: 1 for everyday ones, 0 for those that are rarely met, null for bytes that are
   * no character of the encoding.
   */
  usual: (first: number, second: number) => number | null;
}

/**
 * The national standards sort their characters by use: the everyday ones have first bytes of their own, and in another
 * encoding the same bytes fall all over the table. Japanese is known by its kana, which no sentence goes without.
 * Sources: GB/T 2312 (level 1 in rows 16 to 55), Big5 (level 1 in A4 to C6), KS X 1001 (hangul in rows 16 to 40),
 * JIS X 0208 (kana in rows 4 and 5, level 1 in rows 16 to 47).
 */
const CANDIDATES: readonly Candidate[] = [
  {
    encoding: 'shift_jis',
    single: [0xa1, 0xdf],
    kana: [0x82, 0x83],
    usual: (first, second) => {
      if (!within(second, 0x40, 0xfc) || second === 0x7f) return null;
      if (within(first, 0x82, 0x83)) return 1;
      if (first === 0x81 || within(first, 0x88, 0x97)) return 0.9;
      return within(first, 0x98, 0x9f) || within(first, 0xe0, 0xfc) || within(first, 0x84, 0x87) ? 0 : null;
    },
  },
  {
    encoding: 'euc-jp',
    kana: [0xa4, 0xa5],
    usual: (first, second) => {
      if (!within(second, 0xa1, 0xfe)) return null;
      if (within(first, 0xa4, 0xa5)) return 1;
      // Without kana among them these rows are as much at home in Chinese.
      if (within(first, 0xa1, 0xa3) || within(first, 0xb0, 0xcf)) return 0.6;
      return within(first, 0xa6, 0xfe) || first === 0x8e ? 0 : null;
    },
  },
  {
    encoding: 'euc-kr',
    usual: (first, second) => {
      if (within(first, 0xb0, 0xc8) && within(second, 0xa1, 0xfe)) return 1;
      if (within(first, 0xa1, 0xa3) && within(second, 0xa1, 0xfe)) return 0.8;
      return within(first, 0x81, 0xfd) && within(second, 0x41, 0xfe) ? 0 : null;
    },
  },
  {
    encoding: 'gb18030',
    usual: (first, second) => {
      if (within(first, 0xb0, 0xd7) && within(second, 0xa1, 0xfe)) return 0.98;
      if (within(first, 0xa1, 0xa3) && within(second, 0xa1, 0xfe)) return 0.8;
      return within(first, 0x81, 0xfe) && within(second, 0x40, 0xfe) && second !== 0x7f ? 0 : null;
    },
  },
  {
    encoding: 'big5',
    usual: (first, second) => {
      if (!within(second, 0x40, 0x7e) && !within(second, 0xa1, 0xfe)) return null;
      if (within(first, 0xa4, 0xc6)) return 0.98;
      if (within(first, 0xa1, 0xa3)) return 0.8;
      return within(first, 0xc7, 0xf9) ? 0 : null;
    },
  },
];

/** Of a Japanese text; in others such bytes are not more frequent than the rest. */
const MIN_KANA_SHARE = 0.15;
/** Half-width kana are in some tables; a text of nothing else is in another encoding. */
const HALF_WIDTH = 0.5;
/** Fewer characters say too little. */
const MIN_CHARACTERS = 2;
/** So many bytes that are no characters are damage; with more of them it is another encoding. */
const MAX_WRONG_SHARE = 0.02;

/**
 * Guesses which of the two-byte encodings of East Asia a text is in.
 *
 * @returns null when it is in none of them; `fit` goes from 0 to 1
 */
export function guessEastAsianEncoding(sample: Buffer): { encoding: Encoding; fit: number } | null {
  let best: { encoding: Encoding; fit: number } | null = null;
  for (const candidate of CANDIDATES) {
    const { encoding } = candidate;
    const fit = fitOf(sample, candidate);
    if (fit > 0.7 && fit > (best?.fit ?? 0)) best = { encoding, fit };
  }
  return best;
}

function fitOf(sample: Buffer, { single, kana, usual }: Candidate): number {
  let characters = 0;
  let wrong = 0;
  let sum = 0;
  let kanaCount = 0;
  let rare = 0;
  for (let at = 0; at + 1 < sample.length; at += 1) {
    const first = sample[at] ?? 0;
    if (first < 0x80) continue;
    if (single !== undefined && within(first, ...single)) {
      characters += 1;
      sum += HALF_WIDTH;
      continue;
    }
    const value = usual(first, sample[at + 1] ?? 0);
    if (value === null) {
      wrong += 1;
      continue;
    }
    characters += 1;
    sum += value;
    if (value === 0) rare += 1;
    if (kana !== undefined && within(first, ...kana)) kanaCount += 1;
    at += 1;
  }
  if (characters < MIN_CHARACTERS || wrong > (characters + wrong) * MAX_WRONG_SHARE) return 0;
  const isJapanese = kanaCount > 0 && kanaCount >= characters * MIN_KANA_SHARE;
  return isJapanese ? Math.max(sum, characters - rare) / characters : sum / characters;
}

function within(byte: number, low: number, high: number): boolean {
  return byte >= low && byte <= high;
}
