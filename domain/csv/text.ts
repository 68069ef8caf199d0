/** The first bytes of formats that people upload in place of a CSV. */
const SIGNATURES: readonly Buffer[] = [
  Buffer.from('%PDF-'),
  Buffer.from('PK\u0003\u0004'),
  Buffer.from([0x1f, 0x8b]),
  Buffer.from([0x89, 0x50, 0x4e, 0x47]),
  Buffer.from([0xff, 0xd8, 0xff]),
  Buffer.from([0xd0, 0xcf, 0x11, 0xe0]),
  Buffer.from('GIF8'),
  Buffer.from('SQLite format 3'),
];

/** A text may have one odd byte in a hundred; a picture or an archive has far more. */
const MAX_ODD_SHARE = 0.01;

/**
 * Whether the beginning of a file looks like something other than UTF-8 text.
 *
 * @param sample the first bytes of the file, some tens of kilobytes
 */
export function looksBinary(sample: Buffer): boolean {
  if (SIGNATURES.some((signature) => sample.subarray(0, signature.length).equals(signature))) return true;
  let odd = 0;
  for (const byte of sample) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) odd += 1;
  }
  return odd > Math.max(3, sample.length * MAX_ODD_SHARE);
}

/** The UTF-8 byte order mark. */
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** How many bytes of byte order mark a file begins with. */
export function byteOrderMarkLength(sample: Buffer): number {
  return sample.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
}

/**
 * Whether the beginning of a file is text in UTF-16: it has the byte order mark, or, since a header begins with plain letters,
 * one byte of each of its first two characters is empty.
 */
export function looksLikeUtf16(sample: Buffer): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = sample;
  const isMarked = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  return (
    isMarked ||
    (a === 0 && c === 0 && b > 0 && d > 0) ||
    (a > 0 && c > 0 && b === 0 && d === 0 && sample.length >= 4)
  );
}
