import type { DurationCounts } from '../../core/duration-histogram.ts';

export type Labels = Readonly<Record<string, string>>;

/** One value of a metric. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Where it is not that of the family: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** One metric with all its label values, looked at when Prometheus asks. */
export interface MetricFamily {
  readonly name: string;
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  /** The names of its labels, for the reference. */
  readonly labels: readonly string[];
  readonly samples: () => readonly Sample[];
}

type Parts = Omit<MetricFamily, 'type' | 'labels' | 'samples'> & { readonly labels?: readonly string[] };

export function gauge(parts: Parts, samples: MetricFamily['samples']): MetricFamily {
  return { type: 'gauge', labels: [], ...parts, samples };
}

export function counter(parts: Parts, samples: MetricFamily['samples']): MetricFamily {
  return { type: 'counter', labels: [], ...parts, samples };
}

/** Of durations in seconds, one for each of its label values. */
export function histogram(parts: Parts, durations: () => readonly (readonly [Labels, DurationCounts])[]): MetricFamily {
  const samples = (): Sample[] => durations().flatMap(([labels, counts]) => samplesOf(parts.name, labels, counts));
  return { type: 'histogram', labels: [], ...parts, samples };
}

function samplesOf(name: string, labels: Labels, { buckets, count, sum }: DurationCounts): Sample[] {
  const metricName = `${name}_bucket`;
  return [
    ...buckets.map((bucket) => ({ metricName, labels: { ...labels, le: String(bucket.atMost) }, value: bucket.count })),
    { metricName, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** A value without labels. */
export function plain(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}

/** One sample for each state, 1 for the one that holds: a state as Prometheus has it. */
export function stateSamples<S extends string>(states: readonly S[], state: S, labels: Labels = {}): Sample[] {
  return states.map((each) => ({ labels: { ...labels, state: each }, value: each === state ? 1 : 0 }));
}
