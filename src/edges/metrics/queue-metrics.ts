import { counter, gauge, histogram, type MetricFamily, plain, type Sample, stateSamples } from './metric-family.ts';
import {
  type ObservedNode,
  type ObservedQueue,
  type ObservedStats,
  QUEUE_STATES,
  STORE_STATES,
} from './observed-node.ts';

/** The queues of a node and their store. */
export function queueMetrics(node: Pick<ObservedNode, 'queues' | 'durations' | 'store'>): readonly MetricFamily[] {
  const { queues } = node;
  const each = (samples: (stats: ObservedStats, queue: ObservedQueue) => readonly Sample[]) => (): Sample[] =>
    queues
      .all()
      .flatMap((queue) =>
        samples(queue.stats(), queue).map((sample) => ({ ...sample, labels: { queue: queue.name, ...sample.labels } })),
      );
  const count = (name: string, help: string, value: (stats: ObservedStats) => number): MetricFamily =>
    counter(
      { name: `kdmq_queue_${name}_total`, help, labels: ['queue'] },
      each((stats) => plain(value(stats))),
    );
  const size = (
    name: string,
    help: string,
    value: (stats: ObservedStats, queue: ObservedQueue) => number,
  ): MetricFamily =>
    gauge(
      { name: `kdmq_queue_${name}`, help, labels: ['queue'] },
      each((stats, queue) => plain(value(stats, queue))),
    );
  return [
    gauge(
      {
        name: 'kdmq_queue_items',
        help: 'Items: ready to be fetched, delayed, or leased and not acknowledged.',
        labels: ['queue', 'state'],
      },
      each(({ size: ready, delayed, leased }) =>
        Object.entries({ ready, delayed, leased }).map(([state, value]) => ({ labels: { state }, value })),
      ),
    ),
    size('bytes', 'Bytes of keys, values and record headers.', ({ bytes }) => bytes),
    size('items_limit', 'Items that the queue may have; 0 is no limit.', (_, { definition }) => definition.size),
    size('bytes_limit', 'Bytes that the queue may have.', (_, { definition }) => definition.maxBytes),
    size(
      'oldest_item_age_seconds',
      'Age of the oldest item that can be fetched; 0 without one.',
      ({ oldestMs = 0 }) => oldestMs / 1_000,
    ),
    size('waiting_fetches', 'Fetches that wait for an item.', ({ waiting }) => waiting),
    gauge({ name: 'kdmq_queue_state', help: 'How a queue stands.', labels: ['queue', 'state'] }, () =>
      queues.states().flatMap(({ name, state }) => stateSamples(QUEUE_STATES, state, { queue: name })),
    ),
    count('added', 'Items that were added.', ({ added }) => added),
    count('fetched', 'Items that were given out.', ({ fetched }) => fetched),
    count('acknowledged', 'Leased items that were acknowledged.', ({ acked }) => acked),
    count('returned', 'Leased items that were given back.', ({ nacked }) => nacked),
    count('redelivered', 'Items that were given out again after a lease.', ({ redelivered }) => redelivered),
    count('expired', 'Items whose lifetime was over.', ({ expired }) => expired),
    count('dead_lettered', 'Items that had max_deliveries.', ({ deadLettered }) => deadLettered),
    count('refused', 'Adds that were refused.', ({ refused }) => refused),
    counter(
      {
        name: 'kdmq_queue_dropped_total',
        help: 'Oldest items that made room, by the limit.',
        labels: ['queue', 'reason'],
      },
      each(({ dropped }) => Object.entries(dropped).map(([reason, value]) => ({ labels: { reason }, value }))),
    ),
    gauge(
      { name: 'kdmq_queue_orphan_partitions', help: 'Partitions in the store that have items and that nobody serves.' },
      () => plain(queues.orphans().length),
    ),
    gauge(
      { name: 'kdmq_store_state', help: 'Whether the store of queues answered the last call.', labels: ['state'] },
      () => stateSamples(STORE_STATES, node.store().state),
    ),
    histogram(
      {
        name: 'kdmq_store_call_duration_seconds',
        help: 'Calls of the store of queues, those that fail too.',
        labels: ['operation'],
      },
      () => node.durations().storeCalls.map(([operation, counts]) => [{ operation }, counts]),
    ),
  ];
}
