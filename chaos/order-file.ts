import type { OnError } from '../contracts/words.ts';
import type { Upload } from './api.ts';
import type { Chooser } from './choose.ts';

/** A line of an order. */
export interface OrderRow {
  order: string;
  /** Of what is ordered under this number; two files with the same version of it ask for the same. */
  version: number;
  /** Its quantity is none. */
  isBad: boolean;
}

/** A file of orders, with all that must be known to say what it leaves. */
export interface OrderFile extends Upload {
  /** For people, such as `40 orders, interleaved`. */
  summary: string;
  rows: readonly OrderRow[];
  policies: { mode: 'create'; onError: OnError; dryRun: boolean };
}

/** What is sold: products that no import writes, too few of them for all orders. */
export const STOCK = Array.from({ length: 5 }, (_, index) => `stock-${String(index + 1)}`);
export const PIECES_EACH = 400;

/** Orders of a lane. */
const NUMBERS = 300;
const SIZES = [
  { weight: 2, orders: 1 },
  { weight: 4, orders: 20 },
  { weight: 2, orders: 120 },
] as const;

/** How many pieces an order has, by its number and version, on each of its lines. */
export function piecesOf(order: string, version: number): { lines: number; each: number } {
  const number = Number(order.split('-').at(-1));
  return { lines: 1 + (number % 3), each: 1 + ((number + version) % 3) };
}

/** @param lane begins each of its order numbers */
export function makeOrderFile(choose: Chooser, lane: string): OrderFile {
  const count = choose.weighted(SIZES).orders;
  const first = choose.below(NUMBERS);
  const badShare = choose.chance(0.4) ? 0.05 : 0;
  const dryRun = choose.chance(0.1);
  const onError = !dryRun && choose.chance(0.1) ? 'abort' : 'skip';
  // Lines of one order need not stand together.
  const isInterleaved = choose.chance(0.5);

  const orders = Array.from({ length: count }, (_, at) => {
    const number = (first + at) % NUMBERS;
    const order = `${lane}-${String(number)}`;
    const version = choose.chance(0.1) ? 1 : 0;
    const { lines, each } = piecesOf(order, version);
    const badLine = choose.chance(badShare) ? choose.below(lines) : -1;
    return Array.from({ length: lines }, (_line, line) => ({
      row: { order, version, isBad: line === badLine },
      line,
      cells: [
        order,
        line === 0 ? `${order}@chaos.example` : '',
        STOCK[(number + line) % STOCK.length] ?? '',
        line === badLine ? 'none' : String(each),
        '10.00',
        'EUR',
      ],
    }));
  }).flat();
  const lines = isInterleaved ? orders.toSorted((a, b) => a.line - b.line) : orders;
  const table = [
    ['order_number', 'email', 'sku', 'quantity', 'unit_price', 'currency'],
    ...lines.map(({ cells }) => cells),
  ];
  return {
    summary: [
      `${String(count)} orders`,
      ...(isInterleaved ? ['interleaved'] : []),
      ...(onError === 'abort' ? ['abort'] : []),
      ...(dryRun ? ['dry run'] : []),
    ].join(', '),
    kind: 'orders',
    filename: 'orders.csv',
    content: Buffer.from(table.map((cells) => `${cells.join(',')}\n`).join('')),
    dialect: null,
    policies: { mode: 'create', onError, dryRun },
    rows: lines.map(({ row }) => row),
  };
}
