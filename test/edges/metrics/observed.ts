import { DurationHistogram } from '../../../src/core/duration-histogram.ts';
import type { ObservedNode, ObservedStats } from '../../../src/edges/metrics/observed-node.ts';

const stats: ObservedStats = {
  size: 3,
  delayed: 1,
  leased: 2,
  bytes: 400,
  oldestMs: 1_500,
  waiting: 4,
  added: 10,
  fetched: 7,
  acked: 5,
  nacked: 1,
  redelivered: 1,
  expired: 2,
  deadLettered: 1,
  refused: 6,
  dropped: { size: 8, bytes: 0, total_bytes: 0 },
};

/** A node of which every metric has something to say. */
export function observedNode(change: Partial<ObservedNode> = {}): ObservedNode {
  const roundTrips = new DurationHistogram();
  for (const ms of [0.25, 2, 40_000]) roundTrips.observe(ms);
  return {
    nodes: () => [
      { status: 'active', kind: 'kdmq', suspected: false },
      { status: 'active', kind: 'kamailio', suspected: true },
      { status: 'disabled', kind: 'kamailio', suspected: false },
    ],
    messageCounts: () => [
      { channel: 'calls', direction: 'received', outcome: '2xx', code: '202', count: 5 },
      { channel: 'calls', direction: 'sent', outcome: '4xx', code: '403', count: 3 },
      { channel: 'calls', direction: 'sent', outcome: 'timeout', code: '', count: 1 },
      { channel: '', direction: 'sent', outcome: '4xx', code: 'other', count: 2 },
    ],
    lookups: () => ({ state: 'failing' }),
    store: () => ({ state: 'answered' }),
    readiness: () => ({ ready: true }),
    controller: () => ({
      state: 'watching',
      leader: true,
      watches: [
        { resource: 'pods', phase: 'watching' },
        { resource: 'dmqnodes', phase: 'forbidden' },
      ],
    }),
    counters: () => [
      { name: 'sip_dropped', reason: 'late_reply', value: 2 },
      { name: 'sip_dropped', reason: 'something_new', value: 1 },
      { name: 'sip_retransmissions_sent', reason: undefined, value: 9 },
      { name: 'messages_sent', reason: '2xx', value: 3 },
    ],
    durations: () => ({ roundTrips: roundTrips.counts(), storeCalls: [['append', roundTrips.counts()]] }),
    bindings: () => [
      {
        direction: 'outbound',
        channel: 'orders',
        queue: 'outgoing',
        mode: 'broadcast',
        state: 'failing',
        counts: { delivered: 4, failed: 2, unsendable: 0 },
      },
    ],
    queues: {
      all: () => [{ name: 'calls', definition: { size: 0, maxBytes: 1_000 }, stats: () => stats }],
      states: () => [{ name: 'calls', state: 'ready' }],
      orphans: () => [{}, {}],
    },
    ...change,
  };
}
