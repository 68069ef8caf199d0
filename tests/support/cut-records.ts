import type { Dialect } from '../../domain/csv/dialect.ts';
import { type CutOptions, type CutResult, RecordCutter } from '../../domain/csv/record-cutter.ts';

export interface CutText {
  raw: string;
  line: number;
  malformed: boolean;
}

/**
 * The raw records of a text, found with the bytes handed over in blocks: as the read stage does, with the difference that a
 * block grows when a record is larger.
 */
export function cutInBlocks(
  text: string | Buffer,
  dialect: Dialect,
  blockBytes: number,
  options?: CutOptions,
): { records: CutText[]; found: CutResult } {
  const bytes = Buffer.from(text);
  const cutter = new RecordCutter(dialect, options);
  const records: CutText[] = [];
  let line = 1;
  let start = 0;
  let size = blockBytes;
  for (;;) {
    const block = Buffer.from(bytes.subarray(start, start + size));
    const final = start + block.length >= bytes.length;
    let position = 0;
    let found = cutter.advance(block, position, final);
    for (; found === 'record'; found = cutter.advance(block, position, final)) {
      const raw = block.subarray(cutter.start, cutter.end).toString();
      records.push({ raw, line: line + cutter.linesBefore, malformed: cutter.malformed });
      line += cutter.lines;
      position = cutter.next;
    }
    if (found !== 'incomplete') return { records, found };
    line += cutter.linesBefore;
    position = cutter.start;
    size = position === 0 ? size + blockBytes : blockBytes;
    start += position;
  }
}
