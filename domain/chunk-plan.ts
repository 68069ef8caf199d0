/** A run of records of a file that is staged and applied as one piece. */
export interface PlannedChunk {
  /** From 1. */
  number: number;
  /** Number of its first record, from 1. */
  firstRow: number;
  rows: number;
  /** Physical line of the file on which its first byte stands, from 1. */
  firstLine: number;
  byteStart: number;
  /** Not included. */
  byteEnd: number;
}

export interface ChunkBounds {
  maxRows: number;
  /** Reached by the record that fills it; a chunk is larger than this by at most one record. */
  maxBytes: number;
}

/** Where a plan begins: after the header, or at the chunk with which an interrupted one goes on. */
export interface PlanStart {
  offset: number;
  line: number;
}

const FIRST_CHUNK = { number: 1, firstRow: 1 };

/** Records that belong together keep a chunk open, up to so many times its bounds. */
const MAX_STRETCH = 4;

/**
 * Collects records into chunks. The same file and bounds give the same plan, so it can be made again after a crash.
 */
export class ChunkPlanner {
  readonly #bounds: ChunkBounds;
  #current: PlannedChunk;
  #line: number;
  /** The line behind the last record, with which its chunk ends: blank lines after it belong to the next one. */
  #endLine: number;

  /** @param first number and first row of the chunk to begin with, when it is not the first one */
  constructor(
    bounds: ChunkBounds,
    start: PlanStart,
    first: Pick<PlannedChunk, 'number' | 'firstRow'> = FIRST_CHUNK,
  ) {
    this.#bounds = bounds;
    this.#line = start.line;
    this.#endLine = start.line;
    this.#current = emptyChunk(first.number, first.firstRow, start.line, start.offset);
  }

  /** How many records have been added. */
  get rows(): number {
    return this.#current.firstRow + this.#current.rows - 1;
  }

  /** The line on which the next record, or the blank lines before it, begin. */
  get line(): number {
    return this.#line;
  }

  /**
   * Adds the next record.
   *
   * @param byteEnd where it ends, its line end included
   * @param lines how many line breaks there are up to that
   * @param startsGroup false when it must stand in one chunk with the record before it
   * @returns the chunk before it, when that is full
   */
  add(byteEnd: number, lines: number, startsGroup = true): PlannedChunk | null {
    const full = this.#isFull(startsGroup ? 1 : MAX_STRETCH) ? this.#close() : null;
    this.#line += lines;
    this.#endLine = this.#line;
    this.#current.rows += 1;
    this.#current.byteEnd = byteEnd;
    return full;
  }

  #isFull(stretch: number): boolean {
    const { rows, byteStart, byteEnd } = this.#current;
    const { maxRows, maxBytes } = this.#bounds;
    return rows >= maxRows * stretch || byteEnd - byteStart >= maxBytes * stretch;
  }

  /** Goes on after blank lines that no record follows yet. */
  skip(lines: number): void {
    this.#line += lines;
  }

  /** Ends the plan. @returns the last chunk, or null when there is nothing in it */
  finish(): PlannedChunk | null {
    return this.#current.rows > 0 ? this.#close() : null;
  }

  #close(): PlannedChunk {
    const done = this.#current;
    this.#current = emptyChunk(done.number + 1, done.firstRow + done.rows, this.#endLine, done.byteEnd);
    return done;
  }
}

function emptyChunk(number: number, firstRow: number, firstLine: number, offset: number): PlannedChunk {
  return { number, firstRow, rows: 0, firstLine, byteStart: offset, byteEnd: offset };
}
