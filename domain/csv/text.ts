/** The UTF-8 byte order mark. */
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** How many bytes of byte order mark a file begins with. */
export function byteOrderMarkLength(sample: Buffer): number {
  return sample.subarray(0, BOM.length).equals(BOM) ? BOM.length : 0;
}
