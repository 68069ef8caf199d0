import { isUtf8 } from 'node:buffer';
import type { Encoding } from './encodings.ts';
import { guessLegacyEncoding } from './legacy-encoding.ts';

/** How many of a file's first bytes are looked at: enough that text with a few letters outside ASCII has some in them. */
export const ENCODING_SAMPLE_BYTES = 256 * 1024;

/** In what encoding a text seems to be. */
export interface DetectedEncoding {
  encoding: Encoding;
  /** Bytes of byte order mark at the beginning: 0, 2 or 3. */
  bom: number;
  /** From 0 to 1. */
  confidence: number;
  /**
   * Whether more of the file would hardly change the answer. False for plain ASCII, which says nothing about the first other
   * byte, and for what was guessed from little or damaged text: who reads the whole file has to check.
   */
  certain: boolean;
}

/**
 * The share of damaged characters up to which a text is UTF-8 with some damage, and not in another encoding. Of a few
 * characters one that is valid says a lot: other encodings make such pairs of letters by chance only.
 */
const MAX_DAMAGED_SHARE = 0.2;
const MAX_DAMAGED_SHARE_OF_FEW = 0.5;
const FEW = 6;
/** Between two characters of Latin text in UTF-16 there is an empty byte; this share tells it from a text with stray NULs. */
const MIN_EMPTY_SHARE = 0.2;

/**
 * Finds out in what encoding a text is: by its byte order mark; as UTF-8 where it is valid as such, which no other text with
 * more than a few letters outside ASCII is by chance; as UTF-16 by its empty bytes; else by its letters.
 *
 * @param bytes the beginning of a text file, or all of it; it may end inside a character
 */
export function detectEncoding(bytes: Buffer): DetectedEncoding {
  const sample = bytes.subarray(0, ENCODING_SAMPLE_BYTES);
  const marked = byteOrderMark(sample);
  if (marked !== null) return { ...marked, confidence: 1, certain: true };
  const wide = utf16ByEmptyBytes(sample);
  if (wide !== null) return { encoding: wide, bom: 0, confidence: 0.95, certain: true };
  if (isUtf8(sample.subarray(0, wholeCharacters(sample)))) {
    const isAscii = !sample.some((byte) => byte >= 0x80);
    return { encoding: 'utf-8', bom: 0, confidence: isAscii ? 0.9 : 0.99, certain: !isAscii };
  }
  const { valid, invalid } = countUtf8(sample);
  const others = valid + invalid;
  const maxDamaged = others < FEW ? MAX_DAMAGED_SHARE_OF_FEW : MAX_DAMAGED_SHARE;
  if (valid > 0 && invalid / others <= maxDamaged) {
    return { encoding: 'utf-8', bom: 0, confidence: 0.7, certain: false };
  }
  const { encoding, confidence } = guessLegacyEncoding(sample);
  return { encoding, bom: 0, confidence, certain: confidence >= 0.9 };
}

/** The encoding that the first bytes name, if they do. */
function byteOrderMark(sample: Buffer): { encoding: Encoding; bom: number } | null {
  const [a, b, c] = sample;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'utf-8', bom: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'utf-16le', bom: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'utf-16be', bom: 2 };
  return null;
}

/** In a CSV in UTF-16 digits, delimiters and line ends have an empty byte, always on the same side. */
function utf16ByEmptyBytes(sample: Buffer): Encoding | null {
  const pairs = Math.floor(Math.min(sample.length, 4_096) / 2);
  if (pairs === 0) return null;
  let first = 0;
  let second = 0;
  for (let pair = 0; pair < pairs; pair += 1) {
    if (sample[2 * pair] === 0) first += 1;
    if (sample[2 * pair + 1] === 0) second += 1;
  }
  const few = pairs * 0.02;
  if (second >= pairs * MIN_EMPTY_SHARE && first <= few) return 'utf-16le';
  if (first >= pairs * MIN_EMPTY_SHARE && second <= few) return 'utf-16be';
  return null;
}

/**
 * How many bytes of a UTF-8 text end with a whole character: all of them, unless the text was cut inside its last one.
 *
 * @param text valid UTF-8 that may have been cut anywhere
 */
export function wholeCharacters(text: Buffer): number {
  for (let back = 1; back <= Math.min(3, text.length); back += 1) {
    const byte = text[text.length - back] ?? 0;
    if (byte >= 0xc0) return lengthByLead(byte) > back ? text.length - back : text.length;
    if (byte < 0x80) break;
  }
  return text.length;
}

function lengthByLead(byte: number): number {
  if (byte >= 0xf0) return 4;
  return byte >= 0xe0 ? 3 : 2;
}

/** Characters of more than one byte, and bytes that belong to none. */
function countUtf8(sample: Buffer): { valid: number; invalid: number } {
  let valid = 0;
  let invalid = 0;
  let at = 0;
  while (at < sample.length) {
    const byte = sample[at] ?? 0;
    if (byte < 0x80) {
      at += 1;
      continue;
    }
    const length = byte >= 0xc2 && byte <= 0xf4 ? lengthByLead(byte) : 0;
    if (length > 0 && isUtf8(sample.subarray(at, at + length)) && at + length <= sample.length) {
      valid += 1;
      at += length;
    } else {
      invalid += 1;
      at += 1;
    }
  }
  return { valid, invalid };
}
