import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { JOB_STATUSES } from '../../contracts/words.ts';
import { createApiMetrics } from '../../platform/metrics.ts';

const FOLDER = path.join(import.meta.dirname, '..', '..', 'observability');

interface Panel {
  title: string;
  datasource: { uid: string };
  targets: { datasource: { uid: string }; expr: string }[];
}

const dashboard = JSON.parse(
  await readFile(path.join(FOLDER, 'grafana', 'dashboards', 'longshore.json'), 'utf8'),
) as { panels: Panel[]; templating: { list: { name: string; query: unknown }[] } };
const prometheus = await readYaml<{
  rule_files: string[];
  scrape_configs: { job_name: string; metrics_path: string; static_configs: { targets: string[] }[] }[];
}>('prometheus/prometheus.yml');
const rules = await readYaml<{ groups: { rules: { alert: string; expr: string }[] }[] }>(
  'prometheus/rules.yml',
);
const alloy = await readFile(path.join(FOLDER, 'alloy', 'config.alloy'), 'utf8');

async function readYaml<T>(file: string): Promise<T> {
  return parse(await readFile(path.join(FOLDER, file), 'utf8')) as T;
}

/** What the API's /metrics has once everything that it counts has happened: the names of series, each with its labels. */
async function exposed(): Promise<Map<string, Set<string>>> {
  const metrics = createApiMetrics(() => Promise.resolve(new Map([['completed', 1]])));
  metrics.httpRequestSeconds.observe({ method: 'GET', route: '/api/jobs', status: 200 }, 0.01);
  metrics.workflowStarts.inc({ result: 'started' });
  const series = new Map<string, Set<string>>();
  for (const line of (await metrics.registry.metrics()).split('\n')) {
    const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    const known = series.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    series.set(name, known);
  }
  return series;
}

interface Asked {
  series: string[];
  /** By which series are chosen or summed. */
  labels: string[];
}

/** What an expression asks Prometheus for. */
function asked(expression: string): Asked {
  const labels = [
    ...[...expression.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = '']) => label),
    ...[...expression.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
  ];
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)/g, ' ')
    .replaceAll(/\b[a-z_]\w*\s*\(/g, '(');
  const series = [...bare.matchAll(/\b[a-z]\w*/gi)].map(([name]) => name).filter((name) => name !== 'sum');
  return { series, labels };
}

const expressions = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets
      .filter(({ datasource }) => datasource.uid === 'prometheus')
      .map(({ expr }): [string, string] => [`panel "${title}"`, expr]),
  ),
  ...rules.groups.flatMap((group) =>
    group.rules.map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr]),
  ),
];

describe('the observability profile', () => {
  test.each(expressions)('%s asks for what the API measures, by labels that it has', async (_, expr) => {
    const known = await exposed();
    const { series, labels } = asked(expr);
    expect(series).toHaveLength(1);
    const [name = ''] = series;
    // Made by Prometheus itself for each of its jobs.
    if (name === 'up') {
      expect(expr).toContain(`job="${prometheus.scrape_configs[0]?.job_name ?? ''}"`);
      return;
    }
    expect([...known.keys()]).toContain(name);
    expect([...(known.get(name) ?? [])]).toEqual(expect.arrayContaining(labels));
    for (const [, status] of expr.matchAll(/longshore_jobs\{status="(\w+)"/g)) {
      expect(JOB_STATUSES).toContain(status);
    }
  });

  test('what an expression asks for is found', () => {
    expect(asked('histogram_quantile(0.95, sum by (le, x) (rate(a_bucket{y=~"b.."}[5m])))')).toEqual({
      series: ['a_bucket'],
      labels: ['y', 'le', 'x'],
    });
    expect(asked('sum(a{b="c"}) / d > 0.5').series).toEqual(['a', 'd']);
  });

  test('has logs with the labels service, level and event, and the dashboard chooses by them', () => {
    for (const label of ['service', 'level', 'event']) {
      expect(alloy).toMatch(new RegExp(`stage\\.labels \\{[^}]*\\b${label} = ""`));
      expect(alloy).toMatch(new RegExp(`stage\\.json \\{[^}]*\\b${label} = "${label}"`));
      expect(dashboard.templating.list).toContainEqual(
        expect.objectContaining({ name: label, query: expect.objectContaining({ label }) }),
      );
    }
    const logs = dashboard.panels.filter(({ datasource }) => datasource.uid === 'loki');
    expect(logs.length).toBeGreaterThan(0);
    for (const { targets } of logs) {
      for (const { expr } of targets) {
        expect(expr).toMatch(/\{service=~"\$service", level=~"\$level", event=~"\$event"\}/);
      }
    }
  });

  test('keeps logs for a time that Loki itself enforces', async () => {
    const loki = await readYaml<{
      limits_config: { retention_period: string };
      compactor: { retention_enabled: boolean; delete_request_store: string };
    }>('loki/loki.yml');
    expect(loki.limits_config.retention_period).toMatch(/^\d+h$/);
    expect(loki.compactor).toMatchObject({ retention_enabled: true, delete_request_store: 'filesystem' });
  });

  test('has a data source for every panel, and all of its files can be parsed', async () => {
    const { datasources } = await readYaml<{ datasources: { uid: string; url: string }[] }>(
      'grafana/provisioning/datasources/longshore.yml',
    );
    const uids = datasources.map(({ uid }) => uid);
    for (const { datasource, targets } of dashboard.panels) {
      expect(uids).toContain(datasource.uid);
      for (const target of targets) expect(target.datasource).toEqual(datasource);
    }
    const files = await readdir(FOLDER, { recursive: true });
    const documents = files.filter((file) => file.endsWith('.yml'));
    expect(documents.length).toBeGreaterThan(4);
    for (const file of documents) expect(await readYaml(file), file).toBeInstanceOf(Object);
  });
});
