import { TextDecoder } from 'node:util';

/** The encodings that a file may be in, by the names of the WHATWG Encoding Standard; `TextDecoder` knows them all. */
export const ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1255',
  'windows-1257',
  'iso-8859-2',
  'iso-8859-5',
  'iso-8859-15',
  'macintosh',
  'koi8-r',
  'ibm866',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/**
 * The encoding that a name stands for.
 *
 * @param label any of the names that the Encoding Standard lists, such as `latin1`, `cp1252`, `ascii` (all windows-1252) or `gbk`
 * @returns null for a name that is not known, or whose encoding is not read here
 */
export function encodingOf(label: string): Encoding | null {
  let name: string;
  try {
    name = new TextDecoder(label).encoding;
  } catch {
    return null;
  }
  // GBK and GB 18030 differ in encoding only: what can be read is the same.
  if (name === 'gbk') return 'gb18030';
  return ENCODINGS.find((encoding) => encoding === name) ?? null;
}
