import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** The columns of the file, in its order. */
export const PRODUCT_COLUMNS = ['sku', 'name', 'price', 'description', 'active', 'stock'] as const;

const LINES_PER_WRITE = 5_000;
const COLOURS = ['Blue', 'Red', 'Green', 'White', 'Black', 'Grey', 'Yellow'];
const THINGS = ['mug', 'lamp', 'chair', 'notebook', 'kettle', 'blanket', 'shelf', 'clock', 'basket'];
/** Prime, and no divisor of any count of rows in use: walks through all rows in a scattered order. */
const STRIDE = 7_368_787;

export interface ProductFileOptions {
  rows: number;
  /** Two files of different versions have the same products, and every one of them differs. */
  version: number;
  /** Products in a scattered order, not in that of their SKUs. */
  shuffled: boolean;
}

/**
 * Writes a file of products, about 86 bytes each: plain cells, as most exports have them, and a quoted one with a comma in
 * every 20th row.
 *
 * @returns its size in bytes
 */
export async function writeProductFile(
  file: string,
  { rows, version, shuffled }: ProductFileOptions,
): Promise<number> {
  const sink = createWriteStream(file);
  let text = `${PRODUCT_COLUMNS.join(',')}\n`;
  for (let index = 0; index < rows; index += 1) {
    text += productLine(shuffled ? (index * STRIDE) % rows : index, version);
    if (index % LINES_PER_WRITE !== LINES_PER_WRITE - 1) continue;
    if (!sink.write(text)) await once(sink, 'drain');
    text = '';
  }
  sink.end(text);
  await once(sink, 'close');
  return (await stat(file)).size;
}

function productLine(number: number, version: number): string {
  const sku = `SKU-${String(number).padStart(8, '0')}`;
  const name = `${pick(COLOURS, number)} ${pick(THINGS, number)} no. ${String(number % 1_000)}`;
  const price = `${String(5 + ((number * 7) % 400))}.${String(10 + ((number + version) % 90))}`;
  const description = `holds ${String(100 + (number % 900))} ml, dishwasher safe, item ${String(number)}`;
  const cell = number % 20 === 0 ? `"${description}"` : description.replaceAll(',', ';');
  return `${sku},${name},${price},${cell},${number % 9 === 0 ? 'false' : 'true'},${String((number + version) % 500)}\n`;
}

function pick(words: readonly string[], number: number): string {
  return words[number % words.length] ?? '';
}
