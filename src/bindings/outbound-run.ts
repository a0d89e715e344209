import { inSpan } from '../bus/in-span.ts';
import { describeDelivery } from '../bus/sender.ts';
import type { OutboundBinding } from '../core/bindings/binding.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Tracing } from '../ports/tracing.ts';
import { Backoff, pause } from '../queues/backoff.ts';
import type { FetchedItem } from '../queues/fetched-item.ts';
import { OutageLog } from '../queues/outage-log.ts';
import type { Queue } from '../queues/queue.ts';
import { QueueError } from '../queues/queue-error.ts';
import type { Audience } from './audience.ts';
import type { BindingRecord } from './binding-record.ts';
import type { OutboundDelivery, Outcome } from './outbound-delivery.ts';

export interface OutboundRunParts {
  readonly binding: OutboundBinding;
  readonly record: BindingRecord;
  readonly queue: Pick<Queue, 'waitFetch'>;
  /** Takes what can't be sent at all; undefined: it is dropped. */
  readonly deadLetter: Pick<Queue, 'add'> | undefined;
  readonly delivery: OutboundDelivery;
  readonly audience: Audience;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  readonly tracing: Tracing;
}

/** Failures that are named in one line of the log. */
const mostNamed = 5;

/**
 * Sends what is put into a queue. An item that somebody has not got goes back to the front, and whoever sent it pauses, the longer the more
 * often it failed. So with one item at a time the order is kept, and how often it is tried is up to the queue's `max_deliveries`.
 */
export class OutboundRun {
  readonly #parts: OutboundRunParts;
  readonly #ending = new AbortController();
  readonly #outage: OutageLog;
  readonly #workers: Promise<unknown>;
  #sending = 0;

  constructor(parts: OutboundRunParts) {
    this.#parts = parts;
    this.#outage = new OutageLog(parts.log, parts.clock);
    parts.record.started();
    this.#workers = Promise.all(Array.from({ length: parts.binding.concurrency }, () => this.#work()));
  }

  /** Whether an item is on its way. */
  get isSending(): boolean {
    return this.#sending > 0;
  }

  /** Takes nothing more; resolves when what is under way has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#workers;
  }

  async #work(): Promise<void> {
    const { clock, random, binding, audience } = this.#parts;
    const { signal } = this.#ending;
    const backoff = new Backoff(random, binding.retryMs, binding.retryMaxMs);
    const isBroadcast = binding.recipients.kind === 'all';
    while (!signal.aborted) {
      if (isBroadcast) await audience.arrived(signal);
      const outcome = await this.#sendNext(isBroadcast ? AbortSignal.any([signal, audience.presence]) : signal);
      if (outcome === 'over') {
        this.#parts.record.stopped();
        return;
      }
      if (outcome === 'done') backoff.reset();
      else if (outcome === 'failed') await pause(clock, backoff.next(), signal);
    }
  }

  async #sendNext(signal: AbortSignal): Promise<'done' | 'failed' | 'nothing' | 'over'> {
    let item: FetchedItem | undefined;
    try {
      item = await this.#parts.queue.waitFetch({ signal });
    } catch (error) {
      // What fails with the store is logged there. The queue itself may be over.
      const over = error instanceof QueueError && (error.code === 'QUEUE_STOPPED' || error.code === 'QUEUE_FENCED');
      return over ? 'over' : 'failed';
    }
    if (item === undefined) return signal.aborted ? 'nothing' : 'over';
    this.#sending += 1;
    const isDone = await this.#send(item);
    // When the store fails now the item comes again: that is what at least once means.
    const isSettled = await (isDone ? item.ack() : item.nack()).catch(() => false);
    this.#sending -= 1;
    return isDone && isSettled ? 'done' : 'failed';
  }

  /** Whether the queue need not keep it any more. */
  async #send(item: FetchedItem): Promise<boolean> {
    const { binding, record, counters } = this.#parts;
    const { queue, channel } = binding;
    const outcome = await this.#deliver(item);
    if (outcome.kind === 'unsendable') return this.#bury(item);
    counters.add('bindings_sent', outcome.kind === 'delivered' ? 'delivered' : 'failed');
    if (outcome.kind === 'delivered') {
      record.passed('delivered');
      this.#outage.over('binding: items are delivered again', { queue, channel });
      return true;
    }
    const failures = outcome.failures.slice(0, mostNamed).map(describeDelivery);
    record.failed('failed', failures[0] ?? 'nobody is there');
    const { id, deliveries } = item;
    this.#outage.failed('warn', 'binding: an item is not delivered', {
      queue,
      channel,
      item: id,
      deliveries,
      failures,
    });
    return false;
  }

  #deliver(item: FetchedItem): Promise<Outcome> {
    const { binding, delivery, tracing } = this.#parts;
    const { tracer } = tracing;
    const deliver = (): Promise<Outcome> => delivery.send(item);
    if (tracer === undefined) return deliver();
    const { queue, channel } = binding;
    const attributes = {
      'kdmq.queue': queue,
      'messaging.destination.name': channel,
      'kdmq.deliveries': item.deliveries,
    };
    const start = { name: `deliver ${queue}`, kind: 'internal', attributes } as const;
    return inSpan(tracer, start, deliver, ({ kind }) => ({ error: kind === 'delivered' ? undefined : kind }));
  }

  async #bury(item: FetchedItem): Promise<boolean> {
    const { binding, record, deadLetter, counters, log } = this.#parts;
    const { queue, channel } = binding;
    try {
      await deadLetter?.add(item.key, item.value);
    } catch (error) {
      this.#outage.failed('warn', 'binding: a dead letter waits', { queue, channel, error: String(error) });
      return false;
    }
    counters.add('bindings_sent', 'unsendable');
    record.passed('unsendable');
    log.error('binding: the key of an item is not the SIP URI of a node', {
      queue,
      channel,
      item: item.id,
      key: item.keyText().slice(0, 100),
      kept: deadLetter !== undefined,
    });
    return true;
  }
}
