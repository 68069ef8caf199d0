import { TextDecoder } from 'node:util';
import type { Encoding } from '../../domain/csv/encodings.ts';

type Blocks = AsyncGenerator<Buffer, void, undefined>;

/** What a decoder puts in place of bytes that are no character. */
const REPLACEMENT = '\ufffd';
/** No text in UTF-8 has this byte, so the row that holds it is told apart and rejected. */
const INVALID = Buffer.from([0xff]);

/**
 * Turns text into UTF-8, without its byte order mark. Bytes that are no character of the encoding, half a character at the end
 * among them, become a byte that is not UTF-8: the row is then rejected for it, instead of going in with a sign in place of
 * what was lost.
 *
 * @param isWhole whether the text is complete; otherwise it ends with its last whole character
 */
export async function* toUtf8(blocks: Blocks, encoding: Encoding, isWhole: boolean): Blocks {
  const decoder = new TextDecoder(encoding);
  for await (const block of blocks) {
    const text = decoder.decode(block, { stream: true });
    if (text !== '') yield encode(text);
  }
  if (!isWhole) return;
  const rest = decoder.decode();
  if (rest !== '') yield encode(rest);
}

function encode(text: string): Buffer {
  if (!text.includes(REPLACEMENT)) return Buffer.from(text);
  const parts: Buffer[] = [];
  for (const [at, part] of text.split(REPLACEMENT).entries()) {
    if (at > 0) parts.push(INVALID);
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts);
}
