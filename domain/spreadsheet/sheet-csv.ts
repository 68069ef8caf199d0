/** Rows that are looked at before the first is written: the widest of them says how many columns the table has. */
const HELD_ROWS = 200;
const HELD_CHARACTERS = 256 * 1024;

/**
 * Writes the rows of a sheet as CSV: commas, doubled quotes, line feeds. Row n of the sheet is the n-th record, and rows
 * without text are blank lines, so that lines of a message lead to rows of the sheet. Cells at the end of a row that hold
 * nothing are cut or added, until it is as wide as the table; cells beyond it that hold something stay.
 */
export class SheetCsv {
  #held: { row: number; cells: string[] }[] = [];
  #heldCharacters = 0;
  #width: number | null = null;
  #lastRow = 0;
  #text = '';

  /** @param row its number in the sheet; each is larger than the one before */
  add(row: number, cells: string[]): void {
    while (cells.length > 0 && (cells.at(-1) ?? '') === '') cells.pop();
    if (cells.length === 0) return;
    if (this.#width !== null) {
      this.#write(row, cells, this.#width);
      return;
    }
    this.#held.push({ row, cells });
    for (const cell of cells) this.#heldCharacters += (cell as string | undefined)?.length ?? 1;
    if (this.#held.length >= HELD_ROWS || this.#heldCharacters > HELD_CHARACTERS) this.#settle();
  }

  /** No more rows come. */
  finish(): void {
    if (this.#width === null) this.#settle();
  }

  /** Characters that can be taken. */
  get ready(): number {
    return this.#text.length;
  }

  /** The text since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }

  #settle(): void {
    const width = Math.max(0, ...this.#held.map(({ cells }) => cells.length));
    this.#width = width;
    for (const { row, cells } of this.#held) this.#write(row, cells, width);
    this.#held = [];
  }

  #write(row: number, cells: string[], width: number): void {
    let text = '\n'.repeat(row - this.#lastRow - 1);
    for (let column = 0; column < cells.length; column += 1) {
      if (column > 0) text += ',';
      text += quoted(cells[column] ?? '');
    }
    if (cells.length < width) text += ','.repeat(width - cells.length);
    this.#text += text + '\n';
    this.#lastRow = row;
  }
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
