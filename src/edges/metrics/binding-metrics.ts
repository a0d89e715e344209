import { counter, gauge, type Labels, type MetricFamily, stateSamples } from './metric-family.ts';
import { BINDING_STATES, type ObservedBinding, type ObservedNode } from './observed-node.ts';

/** The bindings of channels and queues. */
export function bindingMetrics(node: Pick<ObservedNode, 'bindings'>): readonly MetricFamily[] {
  return [
    gauge(
      {
        name: 'kdmq_binding_state',
        help: 'How a binding stands.',
        labels: ['direction', 'channel', 'queue', 'mode', 'state'],
      },
      () =>
        node
          .bindings()
          .flatMap((binding) =>
            stateSamples(BINDING_STATES, binding.state, { ...labelsOf(binding), mode: binding.mode ?? '' }),
          ),
    ),
    counter(
      {
        name: 'kdmq_binding_messages_total',
        help: 'Messages that came for the queue of a binding (inbound), and tries to send an item of it (outbound).',
        labels: ['direction', 'channel', 'queue', 'outcome'],
      },
      () =>
        node.bindings().flatMap((binding) =>
          Object.entries(binding.counts).map(([outcome, value]) => ({
            labels: { ...labelsOf(binding), outcome },
            value,
          })),
        ),
    ),
  ];
}

function labelsOf({ direction, channel, queue }: ObservedBinding): Labels {
  return { direction, channel, queue };
}
