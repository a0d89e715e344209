import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import { bindingMetrics } from './binding-metrics.ts';
import { counterMetrics } from './counter-metrics.ts';
import type { MetricFamily } from './metric-family.ts';
import { nodeMetrics } from './node-metrics.ts';
import type { ObservedNode } from './observed-node.ts';
import { queueMetrics } from './queue-metrics.ts';

/** Gauges that prom-client calls totals; what they say is in those of the same name without it. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** All metrics of our own, without those of the process. */
export function metricFamilies(node: ObservedNode, version: string): readonly MetricFamily[] {
  return [...nodeMetrics(node, version), ...queueMetrics(node), ...bindingMetrics(node), ...counterMetrics(node)];
}

/** The metrics of a node and of its process, as Prometheus reads them. The node is looked at when somebody asks. */
export class Metrics {
  readonly #registry = new Registry();

  constructor(node: ObservedNode, version: string) {
    for (const family of metricFamilies(node, version)) this.#registry.registerMetric(asMetric(family));
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  /** The text format of Prometheus, 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

/** A registry needs no more of a metric than its name and `get`. */
function asMetric({ name, help, type, samples }: MetricFamily): Metric {
  const get = async (): Promise<unknown> => ({ name, help, type, values: samples(), aggregator: 'sum' });
  return { name, help, type, get } as unknown as Metric;
}
