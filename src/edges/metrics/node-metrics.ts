import type { NodeKind, NodeStatus } from '../../core/node-record.ts';
import { counter, gauge, histogram, type MetricFamily, plain, type Sample, stateSamples } from './metric-family.ts';
import { CONTROLLER_STATES, LOOKUP_STATES, type ObservedNode } from './observed-node.ts';

const STATUSES: readonly NodeStatus[] = ['active', 'not_active', 'disabled'];
const KINDS: readonly NodeKind[] = ['kdmq', 'kamailio', 'other'];

/** The channel that all beyond the bound of the tally are counted under. */
const OTHERS = 'other';

/** The bus as this node sees it, its messages, and the Kubernetes API. */
export function nodeMetrics(node: ObservedNode, version: string): readonly MetricFamily[] {
  return [
    gauge({ name: 'kdmq_build_info', help: 'The version that runs; always 1.', labels: ['version', 'nodejs'] }, () => [
      { labels: { version, nodejs: process.version }, value: 1 },
    ]),
    gauge({ name: 'kdmq_ready', help: 'Whether /readyz says ok.' }, () => plain(node.readiness().ready ? 1 : 0)),
    gauge(
      {
        name: 'kdmq_nodes',
        help: 'Nodes of the bus in the list of this node, itself included.',
        labels: ['status', 'kind'],
      },
      () => nodeSamples(node.nodes()),
    ),
    gauge({ name: 'kdmq_nodes_suspected', help: 'Active nodes that do not answer at the moment.' }, () =>
      plain(node.nodes().filter(({ suspected }) => suspected).length),
    ),
    counter(
      {
        name: 'kdmq_messages_total',
        help: 'Messages of peers by channel, direction and what came of them: class and code of the reply, or why there was none.',
        labels: ['channel', 'direction', 'outcome', 'code'],
      },
      () => messageSamples(node),
    ),
    histogram({ name: 'kdmq_message_round_trip_seconds', help: 'From sending a message to its final reply.' }, () => [
      [{}, node.durations().roundTrips],
    ]),
    gauge(
      { name: 'kdmq_dns_state', help: 'How the look-ups of the notification addresses ended last.', labels: ['state'] },
      () => stateSamples(LOOKUP_STATES, node.lookups().state),
    ),
    gauge(
      { name: 'kdmq_kubernetes_state', help: 'How the node stands with the Kubernetes API.', labels: ['state'] },
      () => stateSamples(CONTROLLER_STATES, node.controller().state),
    ),
    gauge(
      { name: 'kdmq_kubernetes_watch_up', help: 'Whether a resource is being watched.', labels: ['resource'] },
      () =>
        node.controller().watches.map(({ resource, phase }) => ({
          labels: { resource },
          value: phase === 'watching' ? 1 : 0,
        })),
    ),
    gauge({ name: 'kdmq_leader', help: 'Whether this node writes the status of the DmqNodes.' }, () =>
      plain(node.controller().leader ? 1 : 0),
    ),
  ];
}

function nodeSamples(nodes: ReturnType<ObservedNode['nodes']>): Sample[] {
  return STATUSES.flatMap((status) =>
    KINDS.map((kind) => ({
      labels: { status, kind },
      value: nodes.filter((node) => node.status === status && node.kind === kind).length,
    })),
  );
}

function messageSamples(node: ObservedNode): Sample[] {
  return node.messageCounts().map(({ channel, direction, outcome, code, count }) => ({
    labels: { channel: channel === '' ? OTHERS : channel, direction, outcome, code },
    value: count,
  }));
}
