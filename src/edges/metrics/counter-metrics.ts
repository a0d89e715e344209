import { COUNTER_NAMES, type CounterName } from './counter-names.ts';
import { counter, type MetricFamily, type Sample } from './metric-family.ts';
import type { ObservedNode } from './observed-node.ts';

/** Every counter that no other metric has in more detail, with its known reasons from the beginning. */
export function counterMetrics(node: Pick<ObservedNode, 'counters'>): readonly MetricFamily[] {
  return COUNTER_NAMES.flatMap((known) => {
    const { metric: name, label, help } = known;
    if (name === undefined) return [];
    return [
      counter({ name, help, labels: label === undefined ? [] : [label] }, () => samplesOf(known, node.counters())),
    ];
  });
}

function samplesOf({ name, label, reasons }: CounterName, counted: ReturnType<ObservedNode['counters']>): Sample[] {
  const values = counted.filter((one) => one.name === name);
  if (label === undefined) {
    return [{ labels: {}, value: values.reduce((sum, { value }) => sum + value, 0) }];
  }
  const byReason = new Map(reasons.map((known) => [known, 0]));
  for (const { reason = 'other', value } of values) byReason.set(reason, value);
  return [...byReason].map(([reason, value]) => ({ labels: { [label]: reason }, value }));
}
