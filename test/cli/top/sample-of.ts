import type { NodeSample, QueueTotals } from '../../../src/cli/top/node-sample.ts';

/** A node at a moment, where only what a test is about has to be said. */
export function sampleOf(at: number, more: Partial<NodeSample> = {}, instance = 'life-1'): NodeSample {
  return {
    at,
    status: {
      uri: 'sip:10.0.0.1:5060',
      instance,
      version: '0.1.0',
      uptimeMs: 3 * 3_600_000,
      ready: true,
      checks: [],
      stopping: false,
      store: 'redis://10.0.0.7:6379/0',
      kubernetes: { state: 'off' },
    },
    nodes: [{ uri: 'sip:10.0.0.1:5060', status: 'active', local: true, kind: 'kdmq', suspected: false }],
    channels: [],
    queues: [],
    ...more,
  };
}

/** A node of the list. */
export function nodeOf(host: string, status = 'active', suspected = false): NodeSample['nodes'][number] {
  return { uri: `sip:${host}:5060`, status, local: false, kind: 'kdmq', suspected, seenAgoMs: 1_000, roundTripMs: 0.4 };
}

/** A channel with its messages, by outcome. */
export function channelOf(
  name: string,
  received: Record<string, number>,
  sent: Record<string, number> = {},
): NodeSample['channels'][number] {
  return { name, role: 'peer', counts: { received, sent } };
}

/** A queue of so many items, and what happened in it. */
export function queueOf(name: string, size: number, added = 0, fetched = 0): QueueTotals {
  return { name, state: 'ready', size, delayed: 0, leased: 0, bytes: 10 * size, counts: { added, fetched } };
}
