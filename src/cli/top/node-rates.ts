import type { ListedNode, NodeSample, OwnStatus, QueueTotals } from './node-sample.ts';

/** Messages a second of a channel. */
export interface ChannelRate {
  readonly name: string;
  readonly received: number;
  readonly sent: number;
  /** Of both, how many did not end with 2xx. */
  readonly failed: number;
}

/** A queue, with items a second. */
export interface QueueRate {
  readonly queue: QueueTotals;
  readonly added: number;
  readonly fetched: number;
}

/** What happened at a node between two looks at it. What deserves a look comes first. */
export interface NodeRates {
  readonly status: OwnStatus;
  readonly nodes: readonly ListedNode[];
  readonly channels: readonly ChannelRate[];
  readonly queues: readonly QueueRate[];
}

/** The rates between two samples, which are zero across a restart of the node. */
export function ratesBetween(before: NodeSample, now: NodeSample): NodeRates {
  const isSameLife = before.status.instance === now.status.instance;
  const seconds = (now.at - before.at) / 1_000;
  const rate = (after: number, first: number): number =>
    isSameLife && seconds > 0 ? Math.max(0, after - first) / seconds : 0;
  const channelsBefore = new Map(before.channels.map((channel) => [channel.name, totalsOf(channel.counts)]));
  const queuesBefore = new Map(before.queues.map((queue) => [queue.name, queue.counts]));
  const channels = now.channels.flatMap(({ name, counts }): ChannelRate[] => {
    if (counts === undefined) return [];
    const totals = totalsOf(counts);
    const first = channelsBefore.get(name) ?? NOTHING;
    return [
      {
        name,
        received: rate(totals.received, first.received),
        sent: rate(totals.sent, first.sent),
        failed: rate(totals.failed, first.failed),
      },
    ];
  });
  const queues = now.queues.map((queue): QueueRate => {
    const first = queuesBefore.get(queue.name) ?? { added: 0, fetched: 0 };
    const { added, fetched } = queue.counts;
    return { queue, added: rate(added, first.added), fetched: rate(fetched, first.fetched) };
  });
  return {
    status: now.status,
    nodes: sorted(now.nodes, (a, b) => rank(a) - rank(b) || byText(a.uri, b.uri)),
    channels: sorted(channels, (a, b) => b.received + b.sent - (a.received + a.sent) || byText(a.name, b.name)),
    queues: sorted(queues, (a, b) => b.queue.size - a.queue.size || byText(a.queue.name, b.queue.name)),
  };
}

const NOTHING = { received: 0, sent: 0, failed: 0 };

function totalsOf(counts: NodeSample['channels'][number]['counts']): typeof NOTHING {
  if (counts === undefined) return NOTHING;
  const sum = (outcomes: Readonly<Record<string, number>>): number =>
    Object.values(outcomes).reduce((all, number) => all + number, 0);
  const received = sum(counts.received);
  const sent = sum(counts.sent);
  return { received, sent, failed: received + sent - (counts.received['2xx'] ?? 0) - (counts.sent['2xx'] ?? 0) };
}

/** This node, then those that are not well. */
function rank({ local, status, suspected }: ListedNode): number {
  if (local) return 0;
  return status !== 'active' || suspected ? 1 : 2;
}

function sorted<T>(list: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  return [...list].sort(compare);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
