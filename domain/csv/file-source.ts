import type { Encoding } from './encodings.ts';

/** What an uploaded file was before it was unpacked into UTF-8 CSV; kept with the job and shown. */
export interface FileSource {
  container: 'csv' | 'xlsx';
  compression: 'gzip' | null;
  encoding: Encoding;
  /** From 0 to 1. */
  encodingConfidence: number;
  /** False where the rest of the file may show that the encoding is another one. */
  encodingCertain: boolean;
  /** The sheet that is read; null unless it is a workbook. */
  sheet: string | null;
  /** The visible sheets of the workbook. */
  sheets: string[];
}

/** How many sheets of a workbook are looked at, at most, to find the one that can be imported. */
const MAX_SHEETS = 10;

/** The sheets of a workbook that have not been looked at yet. */
export function otherSheets({ sheet, sheets }: FileSource): string[] {
  return sheets.filter((name) => name !== sheet).slice(0, MAX_SHEETS);
}

/** What somebody says about a file who knows it. */
export interface GivenSource {
  /** Any label of the Encoding Standard. */
  encoding?: string | undefined;
  /** The name of a sheet. */
  sheet?: string | undefined;
}
