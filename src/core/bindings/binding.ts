import type { NodeUri } from '../node-uri.ts';

/** What becomes the key of an item: the URI of the node that sent it, the Call-ID, or the value of a header. */
export type ItemKey = { readonly kind: 'from' | 'call_id' } | { readonly kind: 'header'; readonly name: string };

/** What arrives on a channel goes into a queue. */
export interface InboundBinding {
  readonly kind: 'inbound';
  readonly channel: string;
  readonly queue: string;
  readonly key: ItemKey;
}

/** Who gets the items of a queue: all active nodes, one node, or the node that the key of each item names. */
export type Recipients =
  | { readonly kind: 'all' }
  | { readonly kind: 'node'; readonly uri: NodeUri }
  | { readonly kind: 'key' };

/** What is put into a queue is sent on a channel. */
export interface OutboundBinding {
  readonly kind: 'outbound';
  readonly queue: string;
  readonly channel: string;
  readonly recipients: Recipients;
  readonly contentType: string;
  /** Milliseconds until a node that is silent has not answered. */
  readonly timeoutMs: number;
  /** Milliseconds of the first pause after a failure; each is twice the one before, up to the longest. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Items under way at the same time; with 1 their order is kept. */
  readonly concurrency: number;
}

/** One binding of a channel and a queue, every default filled in. */
export type Binding = InboundBinding | OutboundBinding;

/** One thing that is wrong with a binding. */
export interface BindingProblem {
  /** The binding as people know it: `channel x to queue y`, or `binding 2` where that can't be read. */
  readonly binding: string;
  readonly attribute: string | undefined;
  /** The value as it was written; undefined where there is none. */
  readonly value?: unknown;
  /** What is wrong, continuing binding, attribute and value: "is not a number". */
  readonly problem: string;
  readonly expected: string | undefined;
}

/** A binding in a few words, with the arrow the way that messages go. */
export function describeBinding({ kind, channel, queue }: Binding): string {
  return kind === 'inbound' ? `channel ${channel} to queue ${queue}` : `queue ${queue} to channel ${channel}`;
}
