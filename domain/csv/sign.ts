/** A sign that means something in a dialect, as the bytes that stand for it in UTF-8. */
export class Sign {
  readonly length: number;
  readonly #bytes: Buffer;
  readonly #first: number;
  #buffer: Buffer = Buffer.alloc(0);
  #next = -1;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
    this.#first = this.#bytes[0] ?? -1;
    this.length = this.#bytes.length;
  }

  /** Whether the sign stands at a position. */
  isAt(buffer: Buffer, position: number): boolean {
    if (buffer[position] !== this.#first) return false;
    for (let index = 1; index < this.length; index += 1) {
      if (buffer[position + index] !== this.#bytes[index]) return false;
    }
    return true;
  }

  /**
   * Position of the first one at or after `from`; the buffer's length when there is none. What was found is remembered, so
   * that looking again and again costs one walk over the buffer: `from` must not go back while the buffer is the same.
   */
  next(buffer: Buffer, from: number): number {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#next = -1;
    }
    if (this.#next < from) {
      // A number is found faster than a buffer with one byte.
      const found = buffer.indexOf(this.length === 1 ? this.#first : this.#bytes, from);
      this.#next = found === -1 ? buffer.length : found;
    }
    return this.#next;
  }
}
