import type { OrderStatus } from '../contracts/words.ts';
import { piecesOf, type OrderFile, type OrderRow } from './order-file.ts';
import { type Asked, judgeEnd, judgeEndOfUndo, type SeenJob } from './model.ts';

/** An order as the files have left it. */
export interface ModelOrder {
  version: number;
  /** The job that made it. */
  maker: string;
  /** An undo has said that it is cancelled. */
  isReversed: boolean;
}

/** Orders by their numbers. */
export type Orders = Map<string, ModelOrder>;

/** What the database says of an order. */
export interface SeenOrder {
  status: OrderStatus;
  /** Something is left to be done for it. */
  isAtWork: boolean;
  lines: number;
  pieces: number;
}

/**
 * Holds what became of an import of orders against what may have become of it, line by line, and brings its effects into the
 * model. An order goes in whole or not at all: its lines all have the outcome of the order.
 *
 * @param orders those of the lane as the import found them; changed to what it left
 * @returns what is wrong
 */
export function judgeOrderImport(file: OrderFile, asked: Asked, seen: SeenJob, orders: Orders): string[] {
  // What was passed over unread may hold lines of any order.
  const isBlind = asked.skip && seen.failureCode === 'lines_missing';
  const broken = isBlind ? [] : judgeEnd({ ...file, unreadable: null }, asked, seen);
  if (seen.total !== null && seen.total !== file.rows.length) {
    broken.push(`its total is ${String(seen.total)}, its file has ${String(file.rows.length)} rows`);
  }
  const isWhole = seen.status === 'completed';
  const places = file.rows.map((row, at) => ({ row, at }));
  for (const [order, lines] of Map.groupBy(places, ({ row }) => row.order)) {
    const rows = lines.map(({ row }) => row);
    const expected = expectOutcome(rows, orders.get(order));
    const outcomes = lines.map(({ at }) => seen.rows.get(at + 1)?.outcome ?? 'pending');
    for (const outcome of outcomes) {
      const isAllowed =
        outcome === expected || (outcome === 'pending' && !isWhole) || (outcome === 'failed' && asked.skip);
      if (!isAllowed) broken.push(`a line of ${order} is ${outcome} instead of ${expected}`);
    }
    const isIn = outcomes.includes('created') || outcomes.includes('unchanged');
    if (isIn && new Set(outcomes).size > 1) broken.push(`lines of ${order} are ${outcomes.join(', ')}`);
    if (outcomes.includes('created') && !file.policies.dryRun) {
      orders.set(order, { version: rows[0]?.version ?? 0, maker: seen.id, isReversed: false });
    }
  }
  return broken;
}

function expectOutcome(rows: readonly OrderRow[], before: ModelOrder | undefined) {
  if (rows.some(({ isBad }) => isBad)) return 'rejected';
  if (before === undefined) return 'created';
  return before.version === rows[0]?.version ? 'unchanged' : 'rejected';
}

/** The same of an undo: each order that the import made is cancelled, or is kept because that came too late. */
export function judgeOrderUndo(targetId: string, asked: Asked, seen: SeenJob, orders: Orders): string[] {
  const broken = judgeEndOfUndo(asked, seen);
  const left = new Set(
    [...orders].filter(([, { maker, isReversed }]) => maker === targetId && !isReversed).map(([id]) => id),
  );
  for (const { key, outcome } of seen.rows.values()) {
    const order = key === null ? undefined : orders.get(key);
    if (key === null || order === undefined || !left.delete(key)) {
      broken.push(`it is about the order ${String(key)}, which is none of its target's`);
      continue;
    }
    if (outcome === 'reversed') order.isReversed = true;
    else if (
      outcome !== 'kept' &&
      !(outcome === 'pending' && seen.status !== 'completed') &&
      !(outcome === 'failed' && asked.skip)
    ) {
      broken.push(`the order ${key} is ${outcome}`);
    }
  }
  if (seen.status === 'completed' && left.size > 0) {
    broken.push(`${String(left.size)} orders of the import were left out`);
  }
  return broken;
}

/** @returns in what the orders differ from what the files have left */
export function compareOrders(expected: Orders, seen: ReadonlyMap<string, SeenOrder>): string[] {
  const broken: string[] = [];
  for (const [id, { version, isReversed }] of expected) {
    const order = seen.get(id);
    if (order === undefined) {
      broken.push(`the order ${id} is missing`);
      continue;
    }
    const { lines, each } = piecesOf(id, version);
    if (order.lines !== lines || order.pieces !== lines * each) {
      broken.push(`the order ${id} has ${String(order.pieces)} pieces on ${String(order.lines)} lines`);
    }
    if (order.isAtWork) broken.push(`the order ${id} is still at work`);
    if (isReversed && order.status !== 'CANCELLED') {
      broken.push(`the order ${id} is ${order.status}, though an undo says that it was cancelled`);
    }
  }
  for (const id of seen.keys()) if (!expected.has(id)) broken.push(`the order ${id} should not be there`);
  return broken;
}
