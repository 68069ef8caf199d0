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

/**
 * Finds the sheet that can be imported: where the first one of a workbook is something else, and none was named, the next one
 * that can be is meant.
 *
 * @param named the sheet that the caller named; no other is looked at then
 * @param lookAt opens the file at a sheet, or at its first one
 * @returns the first look that will do; the one at the first sheet where none does
 */
export async function findSheet<Look extends { source: FileSource }>(
  named: string | undefined,
  lookAt: (sheet: string | undefined) => Promise<Look>,
  canBeImported: (look: Look) => boolean,
): Promise<Look> {
  const first = await lookAt(named);
  if (named !== undefined || canBeImported(first)) return first;
  const { sheet, sheets } = first.source;
  const others = sheets.filter((name) => name !== sheet).slice(0, MAX_SHEETS);
  for (const other of others) {
    const look = await lookAt(other);
    if (canBeImported(look)) return look;
  }
  return first;
}

/** What somebody says about a file who knows it. */
export interface GivenSource {
  /** Any label of the Encoding Standard. */
  encoding?: string | undefined;
  /** The name of a sheet. */
  sheet?: string | undefined;
}
