import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { parse } from 'yaml';

export const OBSERVABILITY = path.join(import.meta.dirname, '..', '..', 'observability');

export interface Panel {
  id: number;
  title: string;
  type: string;
  datasource: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets: {
    refId: string;
    datasource: { uid: string };
    expr?: string;
    query?: string;
    legendFormat?: string;
  }[];
}

export interface Dashboard {
  uid: string;
  title: string;
  schemaVersion: number;
  panels: Panel[];
  templating: { list: { name: string; query: unknown }[] };
}

export interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export async function readObservability<T>(file: string): Promise<T> {
  return parse(await readFile(path.join(OBSERVABILITY, file), 'utf8')) as T;
}

/** The dashboards, by file. */
export async function readDashboards(): Promise<Map<string, Dashboard>> {
  const folder = path.join(OBSERVABILITY, 'grafana', 'dashboards');
  const files = (await readdir(folder)).sort();
  const texts = await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')));
  return new Map(files.map((file, at) => [file, JSON.parse(texts[at] ?? '') as Dashboard]));
}

export async function readRules(): Promise<Rule[]> {
  const { groups } = await readObservability<{ groups: { rules: Rule[] }[] }>('prometheus/rules.yml');
  return groups.flatMap(({ rules }) => rules);
}

/** Everything that Prometheus is asked for, by who asks. */
export async function readExpressions(): Promise<[who: string, expression: string][]> {
  const panels = [...(await readDashboards())].flatMap(([file, dashboard]) =>
    dashboard.panels.flatMap(({ title, targets }) =>
      targets
        .filter(({ datasource }) => datasource.uid === 'prometheus')
        .map(({ expr }): [string, string] => [`${file}, panel "${title}"`, expr ?? '']),
    ),
  );
  const rules = (await readRules()).map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr]);
  return [...panels, ...rules];
}

/** What an expression asks Prometheus for. */
export interface Asked {
  /** Series by name, with the labels that they are chosen by. */
  series: { name: string; labels: string[] }[];
  /** Labels that results are grouped by: of any of the series. */
  grouping: string[];
  /** Where the grammar does not hold; -1 where it does. */
  errorAt: number;
}

/** Reads an expression by Prometheus's own grammar. */
export function asked(expression: string): Asked {
  const found: Asked = { series: [], grouping: [], errorAt: -1 };
  const cursor = parser.parse(expression).cursor();
  let inGrouping = 0;
  do {
    const text = expression.slice(cursor.from, cursor.to);
    if (cursor.type.isError && found.errorAt < 0) found.errorAt = cursor.from;
    if (cursor.name === 'GroupingLabels') inGrouping = cursor.to;
    if (cursor.name === 'Identifier') found.series.push({ name: text, labels: [] });
    if (cursor.name !== 'LabelName') continue;
    if (cursor.from < inGrouping) found.grouping.push(text);
    else found.series.at(-1)?.labels.push(text);
  } while (cursor.next());
  return found;
}

/** What a process serves on /metrics: names of series, each with its labels. */
export type Exposed = Map<string, Set<string>>;

export function readExposition(text: string, into: Exposed = new Map()): Exposed {
  for (const line of text.split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = into.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    into.set(name, known);
  }
  return into;
}

/** Added by Prometheus itself to each series that it asks for. */
const ADDED = ['job', 'instance', 'service'];

/** @returns what an expression asks for that is not there, in words; empty where all is */
export function missingIn(expression: string, exposed: Exposed): string[] {
  const { series, grouping, errorAt } = asked(expression);
  if (errorAt >= 0) return [`no PromQL from "${expression.slice(errorAt)}"`];
  const names = series.filter(({ name }) => name !== 'up');
  const missing = names.flatMap(({ name, labels }) => {
    const known = exposed.get(name);
    if (known === undefined) return [name];
    return labels
      .filter((label) => !known.has(label) && !ADDED.includes(label))
      .map((label) => `${name}{${label}}`);
  });
  const groupable = new Set(names.flatMap(({ name }) => [...(exposed.get(name) ?? [])]));
  return [...missing, ...grouping.filter((label) => !groupable.has(label) && !ADDED.includes(label))];
}
