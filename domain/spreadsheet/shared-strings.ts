import { MalformedPart, unescapeText, XmlReader } from './xml-reader.ts';

const BLOCK_BYTES = 1024 * 1024;
const ENDS_PER_BLOCK = 65_536;

/** The texts of a workbook, which its cells name by number. They are kept as bytes outside the heap: there may be millions. */
export class SharedStrings {
  readonly #blocks: Buffer[] = [];
  readonly #ends: Uint32Array[] = [];
  #count = 0;
  #bytes = 0;

  add(text: string): void {
    const bytes = Buffer.from(text);
    for (let copied = 0; copied < bytes.length;) {
      const offset = this.#bytes % BLOCK_BYTES;
      if (offset === 0) this.#blocks.push(Buffer.allocUnsafeSlow(BLOCK_BYTES));
      const part = bytes.copy(this.#blocks.at(-1) ?? bytes, offset, copied);
      copied += part;
      this.#bytes += part;
    }
    if (this.#count % ENDS_PER_BLOCK === 0) this.#ends.push(new Uint32Array(ENDS_PER_BLOCK));
    (this.#ends.at(-1) ?? new Uint32Array())[this.#count % ENDS_PER_BLOCK] = this.#bytes;
    this.#count += 1;
  }

  /** @throws {MalformedPart} when there is no such text */
  get(index: number): string {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) {
      throw new MalformedPart(`a cell names the shared text ${String(index)}, which does not exist`);
    }
    const start = index === 0 ? 0 : this.#endOf(index - 1);
    const end = this.#endOf(index);
    if (start === end) return '';
    const first = Math.floor(start / BLOCK_BYTES);
    const last = Math.floor((end - 1) / BLOCK_BYTES);
    if (first === last) {
      return (this.#blocks[first] ?? Buffer.alloc(0)).toString(
        'utf8',
        start - first * BLOCK_BYTES,
        end - first * BLOCK_BYTES,
      );
    }
    const parts = this.#blocks.slice(first, last + 1);
    return Buffer.concat(parts).toString('utf8', start - first * BLOCK_BYTES, end - first * BLOCK_BYTES);
  }

  #endOf(index: number): number {
    return this.#ends[Math.floor(index / ENDS_PER_BLOCK)]?.[index % ENDS_PER_BLOCK] ?? 0;
  }
}

/**
 * Reads the part with the shared texts: plain ones, and rich ones whose pieces are joined. How a text is pronounced is left
 * out.
 *
 * @param maxLength characters in one text, at most
 */
export function createSharedStringsReader(strings: SharedStrings, maxLength: number): XmlReader {
  const text = new RichText(maxLength);
  return new XmlReader({
    onOpen: (name) => {
      if (name === 'si') text.begin();
      else text.open(name);
    },
    onText: (piece) => text.add(piece),
    onClose: (name) => {
      if (name === 'si') strings.add(text.end());
      else text.close(name);
    },
  });
}

/** A text in pieces, as shared texts and cells have it. */
export class RichText {
  readonly #maxLength: number;
  #text = '';
  #isText = false;
  #isPhonetic = false;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  begin(): void {
    this.#text = '';
  }

  open(name: string): void {
    if (name === 'rPh') this.#isPhonetic = true;
    else if (name === 't') this.#isText = !this.#isPhonetic;
  }

  add(piece: string): void {
    if (!this.#isText) return;
    this.#text += piece;
    if (this.#text.length > this.#maxLength) throw new MalformedPart('one of its texts is too long');
  }

  close(name: string): void {
    if (name === 'rPh') this.#isPhonetic = false;
    else if (name === 't') this.#isText = false;
  }

  end(): string {
    return unescapeText(this.#text);
  }
}
