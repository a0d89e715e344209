import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COUNTER_NAMES } from '../../src/edges/metrics/counter-names.ts';
import { Metrics } from '../../src/edges/metrics/metrics.ts';
import { observedNode } from '../edges/metrics/observed.ts';
import { METRICS_PAGE, withMetrics } from './metrics-reference.ts';

const project = resolve(import.meta.dirname, '../..');
const page = readFileSync(METRICS_PAGE, 'utf8');

describe('docs/metrics.md', () => {
  it('is up to date; if not: node test/project/metrics-reference.ts', () => {
    expect(withMetrics(page)).toBe(page);
  });

  it('names no metric that is not served', async () => {
    const text = await new Metrics(observedNode(), '').text();
    const served = new Set([...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
    const named = [...page.matchAll(/\b((?:kdmq|process|nodejs)_[a-z0-9_]+)\b/g)].map(([, name = '']) => name);
    const base = (name: string) => name.replace(/_(?:bucket|sum|count)$/, '');
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((name) => !served.has(name) && !served.has(base(name)))).toEqual([]);
  });
});

describe('the names of counters', () => {
  it('are those that the source counts, each once', () => {
    const source = globSync('src/**/*.ts', { cwd: project }).map((file) => readFileSync(join(project, file), 'utf8'));
    const counted = [...source.join('\n').matchAll(/counters\??\.add\(\s*'([a-z_]+)'/g)].map(([, name = '']) => name);
    expect(COUNTER_NAMES.map(({ name }) => name).sort()).toEqual([...new Set(counted)].sort());
  });

  it('lead to metrics that are called differently', () => {
    const metrics = COUNTER_NAMES.flatMap(({ metric }) => metric ?? []);
    expect(new Set(metrics).size).toBe(metrics.length);
  });
});
