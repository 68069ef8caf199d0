/** A list that is measured, with parameters that differ from one request to the next. */
export interface ListCase {
  name: string;
  /** The query of the n-th request. */
  query: (n: number) => Record<string, string>;
}

const COLOURS = ['blue', 'red', 'green', 'white', 'black', 'grey', 'yellow'];
const THINGS = ['mug', 'lamp', 'chair', 'notebook', 'kettle', 'blanket', 'shelf', 'clock', 'basket'];

const pick = (words: readonly string[], n: number): string => words[n % words.length] ?? '';
const skuAt = (n: number, rows: number): string => `SKU-${String((n * 7_368_787) % rows).padStart(8, '0')}`;

/** What people and programs ask a catalogue of the products of bench/product-file.ts. @param rows how many there are */
export function listCases(rows: number): ListCase[] {
  return [
    { name: 'newest first', query: () => ({}) },
    { name: 'by sku', query: () => ({ sort: 'sku' }) },
    { name: 'by name', query: () => ({ sort: 'name' }) },
    { name: 'by price, dearest first', query: () => ({ sort: '-price' }) },
    { name: 'by stock', query: () => ({ sort: 'stock' }) },
    { name: 'last changed first', query: () => ({ sort: '-updatedAt' }) },
    { name: 'one sku', query: (n) => ({ sku: skuAt(n, rows) }) },
    { name: 'not active', query: () => ({ active: 'false' }) },
    { name: 'not active, by sku', query: () => ({ active: 'false', sort: 'sku' }) },
    {
      name: 'prices from to, by price',
      query: (n) => ({ priceMin: String(100 + n), priceMax: String(150 + n), sort: 'price' }),
    },
    {
      name: 'prices from to, by name',
      query: (n) => ({ priceMin: String(100 + n), priceMax: String(101 + n), sort: 'name' }),
    },
    {
      name: 'low stock, last changed first',
      query: (n) => ({ stockMax: String(n % 4), sort: '-updatedAt' }),
    },
    { name: 'names that begin with', query: (n) => ({ name: `${pick(COLOURS, n)} ${pick(THINGS, n)}` }) },
    { name: 'search: a whole sku', query: (n) => ({ q: skuAt(n, rows) }) },
    { name: 'search: the end of a sku', query: (n) => ({ q: skuAt(n, rows).slice(-6) }) },
    { name: 'search: a common word', query: (n) => ({ q: pick(THINGS, n) }) },
    { name: 'search: a common word, by price', query: (n) => ({ q: pick(THINGS, n), sort: 'price' }) },
    { name: 'search: two words', query: (n) => ({ q: `${pick(COLOURS, n)} ${pick(THINGS, n)}` }) },
    {
      name: 'search: a product',
      query: (n) => ({ q: `${pick(THINGS, n)} no. ${String((n * 37) % 1_000)}` }),
    },
    {
      name: 'search: a product, by price, active',
      query: (n) => ({
        q: `${pick(THINGS, n)} no. ${String((n * 37) % 1_000)}`,
        sort: 'price',
        active: 'true',
      }),
    },
    { name: 'search: in descriptions', query: (n) => ({ q: `holds ${String(100 + ((n * 41) % 900))} ml` }) },
    { name: 'search: two letters', query: (n) => ({ q: pick(THINGS, n).slice(0, 2) }) },
    { name: 'search: nothing', query: (n) => ({ q: `no such thing ${String(n)}` }) },
    { name: 'search: the worst case, by name', query: () => ({ q: 'yellow', sort: 'name' }) },
  ];
}
