import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Row } from '../../domain/read-rows.ts';

/** How much text is handed to the connection at once: large enough to cost few calls, small enough to cost no memory. */
const BLOCK_CHARACTERS = 64 * 1024;

/**
 * Copies rows into staging.
 * COPY takes half a million rows in about the time that a statement per row takes for ten thousand.
 */
export async function copyStagedRows(
  client: pg.PoolClient,
  jobNumber: number,
  rows: Iterable<Row>,
): Promise<void> {
  const copy = client.query(
    copyFrom(
      'COPY staged_rows (job_number, "row", line, key, cells, cleared, raw, errors, outcome) FROM STDIN',
    ),
  );
  await pipeline(Readable.from(toCopyBlocks(jobNumber, rows), { objectMode: false }), copy);
}

function* toCopyBlocks(jobNumber: number, rows: Iterable<Row>): Generator<Buffer> {
  let block = '';
  for (const row of rows) {
    const errors = row.errors === null ? '\\N' : copyText(JSON.stringify(row.errors));
    const outcome = row.outcome ?? '\\N';
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

const COPY_SPECIAL = /[\\\n\r\t]/;
const ARRAY_SPECIAL = /["\\\n\r\t]/;

/** Escapes as COPY's text format wants it. Source: PostgreSQL manual, COPY, "Text Format". */
function copyText(text: string): string {
  // Almost no cell has anything to escape, and looking is several times cheaper than replacing nothing.
  return COPY_SPECIAL.test(text) ? text.replaceAll(/[\\\n\r\t]/g, escapeForCopy) : text;
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
  let separator = '';
  for (const cell of cells) {
    literal += separator + (cell === null ? 'NULL' : `"${copyElement(cell)}"`);
    separator = ',';
  }
  return `${literal}}`;
}

function copyElement(cell: string): string {
  return ARRAY_SPECIAL.test(cell) ? copyText(cell.replaceAll(/["\\]/g, String.raw`\$&`)) : cell;
}
