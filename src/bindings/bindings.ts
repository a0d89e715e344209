import type { Bus } from '../bus/bus.ts';
import type { Binding, OutboundBinding } from '../core/bindings/binding.ts';
import type { MqueueDefinition } from '../core/mqueue/mqueue-definition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Counters, Log } from '../ports/telemetry.ts';
import type { Tracing } from '../ports/tracing.ts';
import type { NodeQueues } from '../queues/node-queues.ts';
import { Audience } from './audience.ts';
import { BindingRecord, type BindingView } from './binding-record.ts';
import { inboundPeer } from './inbound-peer.ts';
import { OutboundDelivery } from './outbound-delivery.ts';
import { OutboundRun } from './outbound-run.ts';

export interface BindingsParts {
  readonly bindings: readonly Binding[];
  readonly definitions: readonly MqueueDefinition[];
  readonly bus: Pick<Bus, 'peers' | 'sender' | 'directory' | 'joined'>;
  readonly queues: Pick<NodeQueues, 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly counters: Counters;
  readonly tracing: Tracing;
}

/** The channels and queues of a node that are bound to each other by its configuration. Bus and queues know nothing of it. */
export class Bindings {
  readonly #parts: BindingsParts;
  readonly #audience: Audience;
  readonly #records: ReadonlyMap<Binding, BindingRecord>;
  #runs: readonly OutboundRun[] = [];
  #stopped = false;

  /** Makes the peers of the channels that go into queues: from the first message on none is without. */
  constructor(parts: BindingsParts) {
    this.#parts = parts;
    this.#audience = new Audience(parts.bus.directory);
    this.#records = new Map(parts.bindings.map((binding) => [binding, new BindingRecord(binding)]));
    for (const [binding, record] of this.#records) {
      if (binding.kind !== 'inbound') continue;
      parts.bus.peers.register(inboundPeer(binding, { ...parts, record, queue: parts.queues.get(binding.queue) }));
    }
  }

  /** How each stands, in the order of the configuration. */
  views(): BindingView[] {
    return [...this.#records.values()].map((record) => record.view());
  }

  /** Begins to send what is in queues, when the bus has been joined: before, a broadcast would reach nobody. */
  start(): void {
    void this.#parts.bus.joined().then(() => {
      if (this.#stopped) return;
      this.#runs = [...this.#records].flatMap(([binding, record]) =>
        binding.kind === 'outbound' ? this.#run(binding, record) : [],
      );
    });
  }

  /**
   * Takes nothing more out of queues. Resolves when what is under way has ended, after `deadlineMs` at the latest; undefined when nothing
   * is under way.
   */
  stop(deadlineMs: number): Promise<void> | undefined {
    this.#stopped = true;
    for (const record of this.#records.values()) record.stopped();
    const isSending = this.#runs.some((run) => run.isSending);
    const ended = Promise.all(this.#runs.map((run) => run.stop()));
    if (!isSending) return undefined;
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(deadlineMs, resolve);
      void ended.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #run(binding: OutboundBinding, record: BindingRecord): OutboundRun {
    const { bus, queues, definitions } = this.#parts;
    const { queue, channel, contentType, timeoutMs } = binding;
    const deadLetter = definitions.find(({ name }) => name === queue)?.deadLetter;
    const delivery = new OutboundDelivery({
      binding,
      active: () => bus.directory.addressed().map(({ uri }) => uri),
      send: (uri, item) => bus.sender.send(channel, uri, item.value, { contentType, deadlineMs: timeoutMs }),
    });
    return new OutboundRun({
      ...this.#parts,
      binding,
      record,
      delivery,
      queue: queues.get(queue),
      deadLetter: deadLetter === undefined ? undefined : queues.get(deadLetter),
      audience: this.#audience,
    });
  }
}
