import type { BenchStack } from './bench-stack.ts';
import { runFloor } from './floor.ts';
import { type ImportRun, runImport, untilIndexed } from './import-run.ts';

/** Figures of one case, medians of its repetitions. */
export interface CaseResult {
  rows: number;
  floorSeconds: number;
  importSeconds: number;
  /** Import by floor. */
  ratio: number;
  rowsPerSecond: number;
  /** Where the import's time went. */
  stageSeconds: Record<string, number>;
  /** Processor time of the import, by process. Hardly depends on what else the machine does. */
  processorSeconds: Record<string, number>;
  historyEvents: number;
  /** From `completed` until the last record could be searched. */
  indexSeconds: number;
  /** Of the import, by number of rows. */
  costPerRowUs: Record<string, number>;
}

/** What `--json` prints: new rows, and beside them updates and unchanged rows. */
export interface BenchResult extends CaseResult {
  /** Of the whole benchmark, by process. */
  peakRssMb: Record<string, number>;
  updates: CaseResult;
  unchanged: CaseResult;
}

export interface MeasureOptions {
  rows: number;
  repeat: number;
  fileFor: (name: string, rows: number, version: number) => Promise<string>;
  /** Told of each figure as it comes. */
  onMeasured: (text: string) => void;
}

interface MeasuredImport extends ImportRun {
  indexSeconds: number;
  processorSeconds: Record<string, number>;
}

/** What is imported into what. */
interface Case {
  name: string;
  file: string;
  rows: number;
  /** The file whose products are in the table before; null for an empty table. */
  full: string | null;
  outcome: 'created' | 'updated' | 'unchanged';
}

/** Measures floor and import in turn, so that whatever else the machine does hits both alike. */
export async function measure(bench: BenchStack, options: MeasureOptions): Promise<BenchResult> {
  const { rows, repeat, fileFor } = options;
  const file = await fileFor('products.csv', rows, 1);
  const changed = await fileFor('products-changed.csv', rows, 2);
  const [tenth, half] = [Math.ceil(rows / 10), Math.ceil(rows / 2)];
  const smaller = {
    [tenth]: await fileFor('products-tenth.csv', tenth, 1),
    [half]: await fileFor('products-half.csv', half, 1),
  };
  const newRows: Case = { name: 'new rows', file, rows, full: null, outcome: 'created' };
  const updates: Case = { name: 'updates', file: changed, rows, full: file, outcome: 'updated' };
  const unchanged: Case = { name: 'unchanged rows', file, rows, full: file, outcome: 'unchanged' };
  const sizes = Object.entries(smaller).map(([size, small]) => ({
    ...newRows,
    name: `${size} new rows`,
    file: small,
    rows: Number(size),
  }));

  // Code that has just been loaded is slow, and so are the files of a database, its log most of all, when they are new.
  await bench.prepare(null);
  for (const given of [file, changed]) {
    await runImport(bench.stack, bench.api, given);
    await untilIndexed(bench.stack);
  }

  const floors = new Map<Case, number[]>();
  const imports = new Map<Case, MeasuredImport[]>();
  for (let round = 1; round <= repeat; round += 1) {
    for (const one of [newRows, updates, unchanged]) {
      await bench.prepare(one.full);
      add(floors, one, await runFloor(bench.stack.databaseUrl, one.file));
      add(imports, one, await measuredImport(one));
      const [floor, { seconds }] = [floors.get(one)?.at(-1) ?? 0, imports.get(one)?.at(-1) ?? { seconds: 0 }];
      options.onMeasured(
        `${one.name} (${String(round)} of ${String(repeat)}): floor ${floor.toFixed(2)} s, import ${seconds.toFixed(2)} s`,
      );
    }
    for (const one of sizes) {
      const run = await measuredImport(one);
      add(imports, one, run);
      options.onMeasured(
        `${one.name} (${String(round)} of ${String(repeat)}): import ${run.seconds.toFixed(2)} s`,
      );
    }
  }
  const costs = Object.fromEntries(
    [...sizes, newRows].map((one) => [one.rows, costPerRow(one, imports.get(one) ?? [])]),
  );
  return {
    ...resultOf(newRows),
    costPerRowUs: costs,
    peakRssMb: await bench.peakMemory(),
    updates: resultOf(updates),
    unchanged: resultOf(unchanged),
  };

  async function measuredImport(one: Case): Promise<MeasuredImport> {
    await bench.prepare(one.full);
    const before = await bench.processorTime();
    const run = await runImport(bench.stack, bench.api, one.file);
    const after = await bench.processorTime();
    // What goes on behind an import must not slow the next measurement.
    const indexSeconds = await untilIndexed(bench.stack);
    if (run.counts[one.outcome] !== one.rows) {
      throw new Error(
        `${String(run.counts[one.outcome])} of ${String(one.rows)} rows were ${one.outcome}: that is not what was to be measured`,
      );
    }
    const used = Object.entries(after).map(([id, seconds]) => [id, seconds - (before[id] ?? 0)]);
    return { ...run, indexSeconds, processorSeconds: Object.fromEntries(used) as Record<string, number> };
  }

  function resultOf(one: Case): CaseResult {
    const runs = imports.get(one) ?? [];
    const floorSeconds = median(floors.get(one) ?? []);
    const importSeconds = median(runs.map(({ seconds }) => seconds));
    return {
      rows: one.rows,
      floorSeconds: rounded(floorSeconds, 3),
      importSeconds: rounded(importSeconds, 3),
      ratio: rounded(importSeconds / floorSeconds, 2),
      rowsPerSecond: Math.round(one.rows / importSeconds),
      stageSeconds: medians(runs.map(({ stageSeconds }) => stageSeconds)),
      processorSeconds: medians(runs.map(({ processorSeconds }) => processorSeconds)),
      historyEvents: median(runs.map(({ historyEvents }) => historyEvents)),
      indexSeconds: rounded(median(runs.map(({ indexSeconds }) => indexSeconds)), 1),
      costPerRowUs: { [one.rows]: costPerRow(one, runs) },
    };
  }
}

function costPerRow(one: Case, runs: readonly ImportRun[]): number {
  return rounded((median(runs.map(({ seconds }) => seconds)) / one.rows) * 1_000_000, 2);
}

function add<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  lists.set(key, [...(lists.get(key) ?? []), value]);
}

/** Of each name by itself. */
function medians(runs: readonly Record<string, number>[]): Record<string, number> {
  const names = new Set(runs.flatMap((run) => Object.keys(run)));
  return Object.fromEntries(
    [...names].map((name) => [name, rounded(median(runs.map((run) => run[name] ?? 0)), 3)]),
  );
}

/** The lower one of the two in the middle of an even number. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
