import type { Delivery } from '../bus/sender.ts';
import type { OutboundBinding } from '../core/bindings/binding.ts';
import { type NodeUri, nodeKey, parseNodeUri } from '../core/node-uri.ts';
import type { FetchedItem } from '../queues/fetched-item.ts';

/** What came of one try to send an item. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** Somebody has not got it, or nobody was there: worth another try. */
  | { readonly kind: 'failed'; readonly failures: readonly Delivery[] }
  /** Its key names no node: no other try would help. */
  | { readonly kind: 'unsendable' };

export interface OutboundDeliveryParts {
  readonly binding: OutboundBinding;
  /** The nodes that a broadcast goes to at this moment. */
  readonly active: () => readonly NodeUri[];
  readonly send: (uri: NodeUri, item: FetchedItem) => Promise<Delivery>;
}

/** More items than `concurrency` are under way only where leases were lost or dead letters left. */
const spare = 100;

/** Sends items of a queue, and remembers of those that have to be sent again who has got them already. */
export class OutboundDelivery {
  readonly #parts: OutboundDeliveryParts;
  readonly #reached = new Map<string, Set<string>>();

  constructor(parts: OutboundDeliveryParts) {
    this.#parts = parts;
  }

  /** Sends the item to all who are to have it and have not. Never rejects. */
  async send(item: FetchedItem): Promise<Outcome> {
    const { binding, active, send } = this.#parts;
    const targets = this.#targets(item);
    if (targets === undefined) return { kind: 'unsendable' };
    const id = `${item.partition}/${item.id}`;
    const reached = this.#reached.get(id) ?? new Set();
    const missing = targets.filter((uri) => !reached.has(nodeKey(uri)));
    const deliveries = await Promise.all(missing.map((uri) => send(uri, item)));
    const isBroadcast = binding.recipients.kind === 'all';
    const failures = deliveries.filter((delivery) => !isSettled(delivery, isBroadcast));
    for (const delivery of deliveries) if (!failures.includes(delivery)) reached.add(nodeKey(delivery.node));
    // Who has left the bus meanwhile is not waited for.
    const present = new Set((isBroadcast ? active() : targets).map(nodeKey));
    const left = failures.filter(({ node }) => present.has(nodeKey(node)));
    if (left.length === 0 && targets.length > 0) {
      this.#reached.delete(id);
      return { kind: 'delivered' };
    }
    this.#remember(id, reached);
    return { kind: 'failed', failures: left };
  }

  #targets(item: FetchedItem): readonly NodeUri[] | undefined {
    const { recipients } = this.#parts.binding;
    if (recipients.kind === 'all') return this.#parts.active();
    const uri = recipients.kind === 'node' ? recipients.uri : parseNodeUri(item.keyText());
    return uri && [uri];
  }

  #remember(id: string, reached: Set<string>): void {
    this.#reached.delete(id);
    this.#reached.set(id, reached);
    for (const oldest of this.#reached.keys()) {
      if (this.#reached.size <= this.#parts.binding.concurrency + spare) return;
      this.#reached.delete(oldest);
    }
  }
}

/** A node that answers a broadcast with 404 has no such channel: that is its answer. */
function isSettled({ code }: Delivery, isBroadcast: boolean): boolean {
  return (code >= 200 && code < 300) || (isBroadcast && code === 404);
}
