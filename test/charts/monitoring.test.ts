import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineHas } from '../machine.ts';
import { CHART } from './helm.ts';

const file = (name: string) => join(CHART, 'files', name);
const promtool = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: import.meta.dirname, encoding: 'utf8' });
  return { status, said: stdout + stderr };
};

/** Names of metrics that a text asks for, histograms without what Prometheus appends. */
function metricsIn(text: string): string[] {
  const names = text.match(/\b(?:kdmq|process|nodejs)_[a-z0-9_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))];
}

describe('the alerts of the chart', () => {
  it.skipIf(!machineHas('promtool'))('come when they have to, and for nothing else', () => {
    const { status, said } = promtool('test', 'rules', 'rules.test.yaml');
    expect(status, said).toBe(0);
  });

  it('are all tested', () => {
    const alerts = [...readFileSync(file('rules.yaml'), 'utf8').matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const tested = readFileSync(join(import.meta.dirname, 'rules.test.yaml'), 'utf8').matchAll(/alertname="(\w+)"/g);
    expect(alerts.sort()).toEqual([...new Set([...tested].map(([, name]) => name))].sort());
  });
});

describe.each(['rules.yaml', 'dashboard.json'])('%s', (name) => {
  it('asks for metrics that docs/metrics.md has, and for none else', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
    const unknown = metricsIn(readFileSync(file(name), 'utf8')).filter((metric) => !page.includes(`\`${metric}\``));
    expect(unknown).toEqual([]);
  });
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(readFileSync(file('dashboard.json'), 'utf8'));

  it('has panels that do not lie upon each other, each with something to show', () => {
    const taken = new Set<string>();
    for (const { gridPos, type, targets } of dashboard.panels) {
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`)).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
      if (type !== 'row') expect(targets.length).toBeGreaterThan(0);
    }
  });

  it.skipIf(!machineHas('promtool'))('has queries that Prometheus can read', () => {
    const queries: string[] = dashboard.panels.flatMap((panel: { targets?: readonly { expr: string }[] }) =>
      (panel.targets ?? []).map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll(/"\$\w+"/g, '".*"')),
    );
    const groups = [{ name: 'dashboard', rules: queries.map((expr, index) => ({ record: `panel:${index}`, expr })) }];
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-dashboard-'));
    try {
      writeFileSync(join(folder, 'queries.yaml'), JSON.stringify({ groups }));
      const { status, said } = promtool('check', 'rules', join(folder, 'queries.yaml'));
      expect(status, said).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
