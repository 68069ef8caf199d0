import { formatNumber, type NumberFormat } from './number-format.ts';
import { RichText, type SharedStrings } from './shared-strings.ts';
import { MalformedPart, unescapeText, XmlReader } from './xml-reader.ts';
import { isTrue } from './workbook-parts.ts';

/** What the cells of a sheet refer to. */
export interface SheetContext {
  strings: SharedStrings;
  formats: readonly NumberFormat[];
  date1904: boolean;
  /** Characters in one cell, and bytes in one row, at most. */
  maxRowBytes: number;
}

/** The largest sheet that a spreadsheet program has. */
const MAX_ROWS = 1_048_576;
const MAX_COLUMNS = 16_384;

/** A row is larger than is allowed. */
export class RowTooLarge extends Error {
  readonly row: number;

  constructor(row: number) {
    super(`row ${String(row)} is too large`);
    this.name = 'RowTooLarge';
    this.row = row;
  }
}

/**
 * Reads the XML of one sheet, piece by piece, and hands out its rows with their cells as text.
 * Source of the format: ECMA-376, part 1, 18.3.1.
 */
export class SheetReader {
  readonly #xml: XmlReader;
  readonly #context: SheetContext;
  readonly #onRow: (row: number, cells: string[]) => void;
  readonly #inline: RichText;
  #row = 0;
  #rowBytes = 0;
  #cells: string[] = [];
  #column = -1;
  #type = 'n';
  #style = 0;
  #value = '';
  #isValue = false;
  #isEnded = false;

  /** @param onRow called with the number of the row in the sheet, from 1, and its cells; absent ones are holes */
  constructor(context: SheetContext, onRow: (row: number, cells: string[]) => void) {
    this.#context = context;
    this.#onRow = onRow;
    this.#inline = new RichText(context.maxRowBytes);
    this.#xml = new XmlReader({
      onOpen: (name, attributes) => this.#open(name, attributes),
      onText: (text) => this.#text(text),
      onClose: (name) => this.#close(name),
    });
  }

  /** Whether all rows have been handed out; what may follow is about their looks. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * @throws {MalformedPart}
   * @throws {RowTooLarge}
   */
  write(piece: string): void {
    this.#xml.write(piece);
  }

  /** @throws {MalformedPart} when the sheet is not complete */
  close(): void {
    this.#xml.close();
  }

  #open(name: string, { r, s, t }: Readonly<Record<string, string>>): void {
    switch (name) {
      case 'row':
        this.#beginRow(r === undefined ? this.#row + 1 : Number(r));
        break;
      case 'c':
        this.#column = r === undefined ? this.#column + 1 : columnOf(r);
        if (this.#column >= MAX_COLUMNS) throw new MalformedPart('a cell is outside the sheet');
        this.#type = t ?? 'n';
        this.#style = Number(s ?? 0);
        this.#value = '';
        this.#inline.begin();
        break;
      case 'v':
        this.#isValue = true;
        break;
      default:
        this.#inline.open(name);
    }
  }

  #text(text: string): void {
    if (!this.#isValue) this.#inline.add(text);
    else if (this.#value.length + text.length <= this.#context.maxRowBytes) this.#value += text;
    else throw new RowTooLarge(this.#row);
  }

  #close(name: string): void {
    switch (name) {
      case 'v':
        this.#isValue = false;
        break;
      case 'c':
        this.#endCell();
        break;
      case 'row':
        this.#onRow(this.#row, this.#cells);
        break;
      case 'sheetData':
        this.#isEnded = true;
        break;
      default:
        this.#inline.close(name);
    }
  }

  #beginRow(row: number): void {
    if (!Number.isInteger(row) || row <= this.#row || row > MAX_ROWS) {
      throw new MalformedPart(`row ${String(row)} comes after row ${String(this.#row)}`);
    }
    this.#row = row;
    this.#rowBytes = 0;
    this.#cells = [];
    this.#column = -1;
  }

  #endCell(): void {
    const text = this.#textOfCell();
    if (text === '') return;
    this.#rowBytes += Buffer.byteLength(text);
    if (this.#rowBytes > this.#context.maxRowBytes) throw new RowTooLarge(this.#row);
    this.#cells[this.#column] = text;
  }

  #textOfCell(): string {
    const { strings, formats, date1904 } = this.#context;
    switch (this.#type) {
      case 's':
        return this.#value === '' ? '' : strings.get(Number(this.#value));
      case 'inlineStr':
        return this.#inline.end();
      // Text that a formula made; an error such as #N/A.
      case 'str':
      case 'e':
        return unescapeText(this.#value);
      case 'b':
        return this.#value === '' ? '' : String(isTrue(this.#value));
      case 'd':
        return this.#value.replace(/T00:00:00(\.0+)?Z?$/, '');
      default:
        return formatNumber(this.#value, formats[this.#style] ?? { type: 'plain' }, date1904);
    }
  }
}

/** The column in `BC12`, from 0. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at += 1) {
    const code = reference.charCodeAt(at) | 0x20;
    if (code < 0x61 || code > 0x7a) break;
    column = column * 26 + code - 0x60;
  }
  if (column === 0) throw new MalformedPart(`"${reference.slice(0, 20)}" is no cell`);
  return column - 1;
}
