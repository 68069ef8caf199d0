import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { JOB_STATUSES } from '../../contracts/words.ts';
import { type GoProgram, NoProgramError, resolveGoProgram } from '../../scripts/stack/go-binary.ts';
import { runToEnd } from '../../scripts/stack/processes.ts';
import {
  asked,
  OBSERVABILITY,
  readDashboards,
  readExpressions,
  readObservability,
  readRules,
} from '../support/promql.ts';

/** Prometheus 3.5, as in docker-compose.yml. */
const PROMTOOL: GoProgram = {
  name: 'promtool',
  module: 'github.com/prometheus/prometheus/cmd/promtool',
  version: 'v0.305.0',
  builtAs: 'promtool',
  // Of the ways to find what is to be asked it only has to know the one that is used here.
  asDependency: { tags: ['remove_all_sd', 'enable_dns_sd'] },
  buildMs: 15 * 60_000,
};

const GRID_COLUMNS = 24;

const dashboards = await readDashboards();
const panels = [...dashboards.values()].flatMap((dashboard) => dashboard.panels);
const expressions = await readExpressions();
const rules = await readRules();
const alloy = await readFile(path.join(OBSERVABILITY, 'alloy', 'config.alloy'), 'utf8');

describe('what Prometheus is asked for', () => {
  test.each(expressions)('%s: it understands the expression', (_, expression) => {
    const { series, errorAt } = asked(expression);
    expect(errorAt).toBe(-1);
    expect(series.length).toBeGreaterThan(0);
    for (const [, statuses = ''] of expression.matchAll(/longshore_jobs\{status[=!~]+"([\w|]+)"/g)) {
      for (const status of statuses.split('|')) expect(JOB_STATUSES).toContain(status);
    }
  });

  test('is found in an expression', () => {
    expect(asked('histogram_quantile(0.95, sum by (le, x) (rate(a_bucket{y=~"b.."}[5m]))) > b')).toEqual({
      series: [
        { name: 'a_bucket', labels: ['y'] },
        { name: 'b', labels: [] },
      ],
      grouping: ['le', 'x'],
      errorAt: -1,
    });
    expect(asked('sum(rate(a[5m])').errorAt).toBeGreaterThanOrEqual(0);
  });

  // tests/stack/metrics.test.ts compares it with what a running stack serves.
});

describe('alerts', () => {
  test.each(rules)(
    '$alert says how urgent it is, what is wrong, and where the runbook tells what to do',
    async (rule) => {
      expect(['page', 'ticket']).toContain(rule.labels.severity);
      expect(rule.annotations.summary).toMatch(/\.$/);
      const [file = '', anchor = ''] = (rule.annotations.runbook ?? '').split('#');
      const text = await readFile(path.join(OBSERVABILITY, '..', file), 'utf8');
      const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(headings).toContain(anchor);
      expect(text).toContain(`\`${rule.alert}\``);
    },
  );

  test(
    'fire when they should, and not before, as promtool finds',
    { timeout: 16 * 60_000 },
    async (context) => {
      let promtool: string;
      try {
        promtool = await resolveGoProgram(PROMTOOL, {
          log: (text) => process.stderr.write(`${text}\n`),
          // All of Prometheus is compiled for it: that takes longer than all other tests of this kind together.
          whyNotBuilt: process.env.BUILD_PROMTOOL === 'true' ? undefined : 'BUILD_PROMTOOL=true has it built',
        });
      } catch (error) {
        if (!(error instanceof NoProgramError)) throw error;
        process.stderr.write(`skipped: the alerts are not tried out: ${error.message}\n`);
        context.skip(error.message);
        return;
      }
      const cwd = path.join(OBSERVABILITY, 'prometheus');
      for (const args of [
        ['check', 'rules', '--lint-fatal', 'rules.yml'],
        ['test', 'rules', 'rules.test.yml'],
      ]) {
        const { code, output } = await runToEnd(promtool, args, { cwd });
        expect(code, output).toBe(0);
      }
      // The file names the rules as its container sees them.
      const { code, output } = await runToEnd(
        promtool,
        ['check', 'config', '--syntax-only', 'prometheus.yml'],
        { cwd },
      );
      expect(code, output).toBe(0);
    },
  );
});

describe('dashboards', () => {
  test.each([...dashboards])(
    '%s has panels that do not overlap, each with a title, an id and a source of its own',
    (_, dashboard) => {
      expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
      const ids = dashboard.panels.map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      const taken = new Set<string>();
      for (const { title, gridPos, targets } of dashboard.panels) {
        expect(title).not.toBe('');
        expect(targets.length).toBeGreaterThan(0);
        expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
        expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(GRID_COLUMNS);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            const cell = `${String(x)} ${String(y)}`;
            expect(taken.has(cell), `${title} at ${cell}`).toBe(false);
            taken.add(cell);
          }
        }
      }
    },
  );

  test('have addresses of their own, and legends that name labels of the result', () => {
    const uids = [...dashboards.values()].map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const { targets } of panels) {
      for (const { expr = '', legendFormat = '' } of targets) {
        const { grouping } = asked(expr);
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
          // Without a grouping all labels of the series are there.
          if (grouping.length > 0) expect(grouping, expr).toContain(label);
        }
      }
    }
  });
});

describe('the observability profile', () => {
  test('has logs with the labels service, level and event, and the dashboard chooses by them', () => {
    const dashboard = dashboards.get('longshore.json')!;
    for (const label of ['service', 'level', 'event']) {
      expect(alloy).toMatch(new RegExp(`stage\\.labels \\{[^}]*\\b${label} = ""`));
      expect(alloy).toMatch(new RegExp(`stage\\.json \\{[^}]*\\b${label} = "${label}"`));
      expect(dashboard.templating.list).toContainEqual(
        expect.objectContaining({ name: label, query: expect.objectContaining({ label }) }),
      );
    }
    const logs = panels.filter(({ datasource }) => datasource.uid === 'loki');
    expect(logs.length).toBeGreaterThan(0);
    for (const { targets } of logs) {
      for (const { expr } of targets) {
        expect(expr).toMatch(/\{service=~"\$service", level=~"\$level", event=~"\$event"\}/);
      }
    }
  });

  test('keeps logs and traces for a time that Loki and Tempo themselves enforce', async () => {
    const loki = await readObservability<{
      limits_config: { retention_period: string };
      compactor: { retention_enabled: boolean; delete_request_store: string };
    }>('loki/loki.yml');
    expect(loki.limits_config.retention_period).toMatch(/^\d+h$/);
    expect(loki.compactor).toMatchObject({ retention_enabled: true, delete_request_store: 'filesystem' });
    const tempo = await readObservability<{ compactor: { compaction: { block_retention: string } } }>(
      'tempo/tempo.yml',
    );
    expect(tempo.compactor.compaction.block_retention).toMatch(/^\d+h$/);
  });

  test('has a data source for every panel, and all of its files can be parsed', async () => {
    const { datasources } = await readObservability<{ datasources: { uid: string; url: string }[] }>(
      'grafana/provisioning/datasources/longshore.yml',
    );
    const uids = datasources.map(({ uid }) => uid);
    expect(uids).toEqual(['prometheus', 'loki', 'tempo']);
    for (const { datasource, targets } of panels) {
      expect(uids).toContain(datasource.uid);
      for (const target of targets) expect(target.datasource).toEqual(datasource);
    }
    const files = await readdir(OBSERVABILITY, { recursive: true });
    const documents = files.filter((file) => file.endsWith('.yml'));
    expect(documents.length).toBeGreaterThan(5);
    for (const file of documents) expect(await readObservability(file), file).toBeInstanceOf(Object);
  });
});
