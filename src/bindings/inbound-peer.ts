import { inSpan } from '../bus/in-span.ts';
import type { Peer } from '../bus/peer.ts';
import type { InboundBinding, ItemKey } from '../core/bindings/binding.ts';
import { formatNodeUri } from '../core/node-uri.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReplyContent, SipRequest } from '../ports/sip-transport.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Tracing } from '../ports/tracing.ts';
import { OutageLog } from '../queues/outage-log.ts';
import type { Queue } from '../queues/queue.ts';
import { QueueError } from '../queues/queue-error.ts';
import type { BindingRecord } from './binding-record.ts';

export interface InboundPeerParts {
  readonly queue: Pick<Queue, 'add'>;
  readonly record: BindingRecord;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  readonly tracing: Tracing;
}

/** A sender shall come again soon where room may be made at any moment, later where a store has to come back. */
const full: ReplyContent = { code: 503, reason: 'Queue Is Full', headers: [['Retry-After', '1']] };
const unavailable: ReplyContent = { code: 503, reason: 'Queue Is Not Available', headers: [['Retry-After', '5']] };
/** No second try would help. */
const tooLarge: ReplyContent = { code: 413, reason: 'Message Is Too Large For The Queue' };

/**
 * The peer of a channel whose messages go into a queue. A message is answered 202 when it is as safe as the queue's durability says, else
 * 503 with Retry-After: the sender may come again.
 */
export function inboundPeer(
  binding: InboundBinding,
  { queue, record, clock, log, counters, tracing }: InboundPeerParts,
): Peer {
  const { channel, queue: name, key } = binding;
  const outage = new OutageLog(log, clock);
  const refuse = (error: unknown): ReplyContent => {
    const code = error instanceof QueueError ? error.code : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const outcome = code === 'QUEUE_FULL' ? 'full' : code === 'ITEM_TOO_LARGE' ? 'too_large' : 'unavailable';
    counters.add('bindings_received', outcome);
    record.failed(outcome, message);
    outage.failed('warn', 'binding: messages are refused', { channel, queue: name, error: message });
    if (code === 'ITEM_TOO_LARGE') return tooLarge;
    return code === 'QUEUE_FULL' ? full : unavailable;
  };
  const start = { name: `add ${name}`, kind: 'internal', attributes: { 'kdmq.queue': name } } as const;
  return {
    name: channel,
    description: `into queue ${name}`,
    callback: async (request) => {
      try {
        const { tracer } = tracing;
        const add = () => queue.add(keyOf(key, request), request.body);
        await (tracer === undefined ? add() : inSpan(tracer, start, add, () => ({})));
      } catch (error) {
        return refuse(error);
      }
      counters.add('bindings_received', 'stored');
      record.passed('stored');
      outage.over('binding: messages are stored again', { channel, queue: name });
      return undefined;
    },
  };
}

/** Empty where the message has not what is to be its key. */
function keyOf(key: ItemKey, request: SipRequest): string {
  switch (key.kind) {
    case 'from':
      return request.from === undefined ? '' : formatNodeUri(request.from);
    case 'call_id':
      return request.header('Call-ID') ?? '';
    case 'header':
      return request.header(key.name) ?? '';
  }
}
