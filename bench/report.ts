import { table } from '../scripts/lib/cli.ts';
import type { BenchResult, CaseResult } from './measure.ts';

/** The figures for people. */
export function inWords(result: BenchResult): string {
  const cases: [string, CaseResult][] = [
    ['new rows', result],
    ['updates', result.updates],
    ['unchanged', result.unchanged],
  ];
  const stages = [...new Set(cases.flatMap(([, { stageSeconds }]) => Object.keys(stageSeconds)))];
  const processes = Object.keys(result.processorSeconds);
  return [
    `${String(result.rows)} rows; seconds, medians`,
    '',
    table(
      ['case', 'floor', 'import', 'ratio', 'rows/s', 'events', 'indexed after'],
      cases.map(
        ([name, { floorSeconds, importSeconds, ratio, rowsPerSecond, historyEvents, indexSeconds }]) => [
          ...[name, floorSeconds, importSeconds, ratio, rowsPerSecond, historyEvents, indexSeconds],
        ],
      ),
    ),
    '',
    table(
      ['case', ...stages],
      cases.map(([name, { stageSeconds }]) => [name, ...stages.map((stage) => stageSeconds[stage] ?? null)]),
    ),
    '',
    table(
      ['processor time', ...processes],
      cases.map(([name, { processorSeconds }]) => [
        name,
        ...processes.map((process) => processorSeconds[process] ?? null),
      ]),
    ),
    '',
    table(['new rows', 'us per row'], Object.entries(result.costPerRowUs)),
    '',
    table(['process', 'peak MB'], Object.entries(result.peakRssMb)),
  ].join('\n');
}
