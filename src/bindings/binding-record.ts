import { type Binding, describeBinding } from '../core/bindings/binding.ts';
import { writeBinding } from '../core/bindings/write-binding.ts';

/** What became of a message for a queue, or of a try to send an item of one. */
export type InboundOutcome = 'stored' | 'full' | 'too_large' | 'unavailable';
export type OutboundOutcome = 'delivered' | 'failed' | 'unsendable';

/** How a binding stands. */
export interface BindingView {
  /** `channel x to queue y` or `queue y to channel x`, as errors and logs name it. */
  readonly name: string;
  /** `inbound`: from the channel into the queue. `outbound`: from the queue onto the channel. */
  readonly direction: Binding['kind'];
  readonly channel: string;
  readonly queue: string;
  /** Of what goes out: to all active nodes, whose 404 counts as an answer, or to one. Undefined for what comes in. */
  readonly mode: 'broadcast' | 'send' | undefined;
  /** As in the setting bindings, every default filled in. */
  readonly definition: string;
  /**
   * `starting`: nothing is sent before this node has joined the bus. `ready`: the last one went through, or none has come. `failing`: the last one
   * did not. `stopped`: the node stops, or its queue belongs to another process.
   */
  readonly state: 'starting' | 'ready' | 'failing' | 'stopped';
  /** Why the last one did not go through; undefined while all is well. */
  readonly why: string | undefined;
  /** Messages or tries by outcome, since the start. */
  readonly counts: Readonly<Record<string, number>>;
}

const NONE: { readonly [Kind in Binding['kind']]: Readonly<Record<string, number>> } = {
  inbound: { stored: 0, full: 0, too_large: 0, unavailable: 0 } satisfies Record<InboundOutcome, number>,
  outbound: { delivered: 0, failed: 0, unsendable: 0 } satisfies Record<OutboundOutcome, number>,
};

/** What a binding has done since the start. */
export class BindingRecord {
  readonly #binding: Binding;
  readonly #counts: Record<string, number>;
  #state: BindingView['state'];
  #why: string | undefined;

  constructor(binding: Binding) {
    this.#binding = binding;
    this.#counts = { ...NONE[binding.kind] };
    this.#state = binding.kind === 'inbound' ? 'ready' : 'starting';
  }

  /** It has begun to send. */
  started(): void {
    this.#state = 'ready';
  }

  passed(outcome: InboundOutcome | OutboundOutcome): void {
    this.#count(outcome);
    if (this.#state === 'failing') this.#state = 'ready';
    this.#why = undefined;
  }

  /** @param why in a few words, without anything of the message or the item. */
  failed(outcome: InboundOutcome | OutboundOutcome, why: string): void {
    this.#count(outcome);
    if (this.#state === 'ready') this.#state = 'failing';
    this.#why = why;
  }

  stopped(): void {
    this.#state = 'stopped';
  }

  view(): BindingView {
    const { kind: direction, channel, queue } = this.#binding;
    return {
      name: describeBinding(this.#binding),
      direction,
      channel,
      queue,
      mode: modeOf(this.#binding),
      definition: writeBinding(this.#binding),
      state: this.#state,
      why: this.#why,
      counts: { ...this.#counts },
    };
  }

  #count(outcome: string): void {
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
  }
}

function modeOf(binding: Binding): BindingView['mode'] {
  if (binding.kind === 'inbound') return undefined;
  return binding.recipients.kind === 'all' ? 'broadcast' : 'send';
}
