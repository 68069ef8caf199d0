import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { RowError } from '../../domain/validate-row.ts';

/** A row on its way into staging. */
export interface NewStagedRow {
  row: number;
  line: number;
  key: string | null;
  cells: readonly (string | null)[];
  cleared: number;
  raw: string | null;
  errors: readonly RowError[] | null;
}

/** How much text is handed to the connection at once: large enough to cost few calls, small enough to cost no memory. */
const BLOCK_CHARACTERS = 256 * 1024;

/**
 * Copies rows into staging.
 * COPY takes half a million rows in about the time that a statement per row takes for ten thousand.
 */
export async function copyStagedRows(
  client: pg.PoolClient,
  jobNumber: number,
  rows: Iterable<NewStagedRow>,
): Promise<void> {
  const copy = client.query(
    copyFrom(
      'COPY staged_rows (job_number, "row", line, key, cells, cleared, raw, errors, outcome) FROM STDIN',
    ),
  );
  await pipeline(Readable.from(toCopyBlocks(jobNumber, rows), { objectMode: false }), copy);
}

export function* toCopyBlocks(jobNumber: number, rows: Iterable<NewStagedRow>): Generator<Buffer> {
  let block = '';
  for (const row of rows) {
    const errors = row.errors === null ? '\\N' : copyText(JSON.stringify(row.errors));
    const outcome = row.errors === null ? '\\N' : 'rejected';
    const raw = row.raw === null ? '\\N' : copyText(row.raw);
    const key = row.key === null ? '\\N' : copyText(row.key);
    block += `${String(jobNumber)}\t${String(row.row)}\t${String(row.line)}\t${key}\t${copyArray(row.cells)}\t${String(row.cleared)}\t${raw}\t${errors}\t${outcome}\n`;
    if (block.length >= BLOCK_CHARACTERS) {
      yield Buffer.from(block);
      block = '';
    }
  }
  if (block !== '') yield Buffer.from(block);
}

const COPY_SPECIAL = /[\\\n\r\t]/g;
const ARRAY_SPECIAL = /["\\]/g;

/** Escapes as COPY's text format wants it. Source: PostgreSQL manual, COPY, "Text Format". */
function copyText(text: string): string {
  return text.replace(COPY_SPECIAL, escapeForCopy);
}

function escapeForCopy(character: string): string {
  switch (character) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return '\\\\';
  }
}

/** An array literal, every element quoted. Source: PostgreSQL manual, "Array Input and Output Syntax". */
function copyArray(cells: readonly (string | null)[]): string {
  let literal = '{';
  for (const [index, cell] of cells.entries()) {
    if (index > 0) literal += ',';
    literal += cell === null ? 'NULL' : `"${copyText(cell.replace(ARRAY_SPECIAL, String.raw`\$&`))}"`;
  }
  return `${literal}}`;
}
