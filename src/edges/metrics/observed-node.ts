import type { MessageCount } from '../../core/channel-tally.ts';
import type { DurationCounts } from '../../core/duration-histogram.ts';
import type { NodeKind, NodeStatus } from '../../core/node-record.ts';

export const QUEUE_STATES = ['loading', 'ready', 'failed', 'fenced', 'stopped'] as const;
export const BINDING_STATES = ['starting', 'ready', 'failing', 'stopped'] as const;
export const LOOKUP_STATES = ['off', 'asking', 'answered', 'failing'] as const;
export const STORE_STATES = ['unused', 'answered', 'failing'] as const;
export const CONTROLLER_STATES = ['off', 'starting', 'watching', 'unreachable', 'forbidden'] as const;

/** What is counted of one queue. */
export interface ObservedStats {
  readonly size: number;
  readonly delayed: number;
  readonly leased: number;
  readonly bytes: number;
  readonly oldestMs: number | undefined;
  readonly waiting: number;
  readonly added: number;
  readonly fetched: number;
  readonly acked: number;
  readonly nacked: number;
  readonly redelivered: number;
  readonly expired: number;
  readonly deadLettered: number;
  readonly refused: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface ObservedQueue {
  readonly name: string;
  /** 0 items: no limit. */
  readonly definition: { readonly size: number; readonly maxBytes: number };
  stats(): ObservedStats;
}

export interface ObservedBinding {
  readonly direction: 'inbound' | 'outbound';
  readonly channel: string;
  readonly queue: string;
  readonly mode: 'broadcast' | 'send' | undefined;
  readonly state: (typeof BINDING_STATES)[number];
  /** By outcome; those that have not been are 0. */
  readonly counts: Readonly<Record<string, number>>;
}

/** What metrics see of a node. It is asked at every scrape, and does nothing in between. */
export interface ObservedNode {
  nodes(): readonly { readonly status: NodeStatus; readonly kind: NodeKind; readonly suspected: boolean }[];
  messageCounts(): readonly MessageCount[];
  readiness(): { readonly ready: boolean };
  lookups(): { readonly state: (typeof LOOKUP_STATES)[number] };
  store(): { readonly state: (typeof STORE_STATES)[number] };
  controller(): {
    readonly state: (typeof CONTROLLER_STATES)[number];
    readonly leader: boolean;
    readonly watches: readonly { readonly resource: string; readonly phase: string }[];
  };
  counters(): readonly { readonly name: string; readonly reason: string | undefined; readonly value: number }[];
  durations(): {
    readonly roundTrips: DurationCounts;
    readonly storeCalls: readonly (readonly [operation: string, DurationCounts])[];
  };
  bindings(): readonly ObservedBinding[];
  readonly queues: {
    all(): readonly ObservedQueue[];
    states(): readonly { readonly name: string; readonly state: (typeof QUEUE_STATES)[number] }[];
    orphans(): readonly unknown[];
  };
}
