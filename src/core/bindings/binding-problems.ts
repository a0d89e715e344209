import { closestName } from '../closest-name.ts';
import { gossipChannel } from '../gossip-message.ts';
import type { MqueueDefinition } from '../mqueue/mqueue-definition.ts';
import { type Binding, type BindingProblem, describeBinding, type OutboundBinding } from './binding.ts';

/** What bindings are looked at together with. */
export interface BindingSurroundings {
  readonly queues: readonly MqueueDefinition[];
  readonly notificationChannel: string;
}

/** A delivery begins and ends within the lease of its item; this is for what is not the waiting itself. */
const leaseMarginMs = 1_000;

/** What is wrong with bindings seen together, and with the queues. */
export function bindingProblems(
  bindings: readonly Binding[],
  { queues, notificationChannel }: BindingSurroundings,
): readonly BindingProblem[] {
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  return bindings.flatMap((binding, index) => {
    const before = bindings.slice(0, index);
    const queue = byName.get(binding.queue);
    return [
      ...channelProblems(binding, notificationChannel),
      ...(queue === undefined ? [noQueue(binding, byName.keys())] : leaseProblems(binding, queue)),
      ...doubled(binding, before),
      ...loops(binding, bindings, byName),
    ];
  });
}

function at(binding: Binding, attribute: string, value: unknown, problem: string, expected: string): BindingProblem {
  return { binding: describeBinding(binding), attribute, value, problem, expected };
}

function channelProblems(binding: Binding, notificationChannel: string): BindingProblem[] {
  const { channel } = binding;
  const what = channel === notificationChannel ? 'the node lists' : channel === gossipChannel ? 'our own nodes' : '';
  return what === '' ? [] : [at(binding, 'channel', channel, `is the channel of ${what}`, 'another channel')];
}

function noQueue(binding: Binding, names: Iterable<string>): BindingProblem {
  const all = [...names];
  const closest = closestName(binding.queue, all);
  const others = all.length === 0 ? 'a queue that mqueue defines' : `one of ${all.slice(0, 20).join(', ')}`;
  const expected = closest === undefined ? others : `${closest}, if that was meant`;
  return at(binding, 'queue', binding.queue, 'is no queue', expected);
}

function leaseProblems(binding: Binding, { leaseMs }: MqueueDefinition): BindingProblem[] {
  if (binding.kind === 'inbound') return [];
  const least = binding.timeoutMs + leaseMarginMs;
  if (leaseMs >= least) return [];
  const problem =
    leaseMs === 0
      ? 'has no lease: what could not be sent would be gone'
      : `has a lease of ${leaseMs} ms: it ends before it is known whether a node has answered`;
  return [
    at(binding, 'queue', binding.queue, problem, `a queue with lease_ms=${least} or more, or a shorter timeout_ms`),
  ];
}

function doubled(binding: Binding, before: readonly Binding[]): BindingProblem[] {
  if (binding.kind === 'inbound') {
    const same = before.some((other) => other.kind === 'inbound' && other.channel === binding.channel);
    return same ? [at(binding, 'channel', binding.channel, 'goes into a queue already', 'each channel once')] : [];
  }
  const same = before.some((other) => other.kind === 'outbound' && other.queue === binding.queue);
  const problem = 'is sent already: each item would go to one of the two channels';
  return same ? [at(binding, 'queue', binding.queue, problem, 'each queue once')] : [];
}

/** A message that comes out of a queue and goes into it again, at this node or at one with the same configuration. */
function loops(
  binding: Binding,
  bindings: readonly Binding[],
  queues: ReadonlyMap<string, MqueueDefinition>,
): BindingProblem[] {
  if (binding.kind !== 'outbound') return [];
  const way = wayBack(binding, bindings, queues);
  if (way === undefined) return [];
  return [
    at(
      binding,
      'channel',
      binding.channel,
      `leads back: ${way.join(' to ')}`,
      'a channel that goes into another queue',
    ),
  ];
}

function wayBack(
  from: OutboundBinding,
  bindings: readonly Binding[],
  queues: ReadonlyMap<string, MqueueDefinition>,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const open: { readonly queue: string; readonly way: readonly string[] }[] = [];
  const sent = ({ channel }: OutboundBinding, way: readonly string[]): void => {
    for (const other of bindings) {
      if (other.kind !== 'inbound' || other.channel !== channel) continue;
      open.push({ queue: other.queue, way: [...way, `channel ${channel}`, `queue ${other.queue}`] });
    }
  };
  sent(from, [`queue ${from.queue}`]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { queue, way } = next;
    if (queue === from.queue) return way;
    if (seen.has(queue)) continue;
    seen.add(queue);
    const deadLetter = queues.get(queue)?.deadLetter;
    if (deadLetter !== undefined) open.push({ queue: deadLetter, way: [...way, `queue ${deadLetter}`] });
    for (const other of bindings) if (other.kind === 'outbound' && other.queue === queue) sent(other, way);
  }
  return undefined;
}
