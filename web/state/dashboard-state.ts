import type { Channel, ListedNode, Outcomes, Queue, ThisNode, View } from './api-answers.ts';
import { appended, type Series } from './series.ts';
import { type ToldEvent, withTold } from './told-events.ts';

/** Whether what is shown is how things are. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** From when on nothing was heard, and what is known of the reason. */
  | { readonly kind: 'lost'; readonly since: number; readonly why: string };

/** What stands between the reader and the node: nothing, a token, or what a token does not help against. */
export type Barrier = 'none' | { readonly needsToken: boolean; readonly detail: string };

export interface ShownChannel extends Channel {
  readonly received: number;
  readonly sent: number;
  /** When it was read, and messages a second since the time before. */
  readonly at: number;
  readonly receivedRates: Series;
  readonly sentRates: Series;
}

export interface ShownQueue extends Queue {
  readonly depths: Series;
}

export interface DashboardState {
  readonly connection: Connection;
  readonly barrier: Barrier;
  readonly status: ThisNode | undefined;
  readonly nodes: readonly ListedNode[];
  readonly views: readonly View[];
  readonly channels: readonly ShownChannel[];
  readonly queues: readonly ShownQueue[];
  readonly told: readonly ToldEvent[];
}

/** Something that has been read or has happened. `at`: milliseconds of the reader's clock. */
export type Happening =
  | { readonly kind: 'connected' }
  | { readonly kind: 'lost'; readonly at: number; readonly why: string }
  | { readonly kind: 'barred'; readonly needsToken: boolean; readonly detail: string }
  | { readonly kind: 'reset' }
  | { readonly kind: 'status'; readonly status: ThisNode }
  | { readonly kind: 'nodes'; readonly nodes: readonly ListedNode[] }
  | { readonly kind: 'views'; readonly views: readonly View[] }
  | { readonly kind: 'channels'; readonly at: number; readonly channels: readonly Channel[] }
  /** `isSample`: a point of the depth over time; those come at even distances. */
  | { readonly kind: 'queues'; readonly queues: readonly Queue[]; readonly isSample: boolean }
  | { readonly kind: 'queue'; readonly queue: Omit<Queue, 'oldestMs'> }
  | { readonly kind: 'told'; readonly event: Omit<ToldEvent, 'number'> };

export const nothingYet: DashboardState = {
  connection: { kind: 'connecting' },
  barrier: 'none',
  status: undefined,
  nodes: [],
  views: [],
  channels: [],
  queues: [],
  told: [],
};

/** The state after something has been read or has happened. */
export function afterwards(state: DashboardState, happening: Happening): DashboardState {
  switch (happening.kind) {
    case 'connected':
      if (state.connection.kind === 'live') return state;
      return { ...state, connection: { kind: 'live' }, barrier: 'none' };
    case 'lost': {
      const since = state.connection.kind === 'lost' ? state.connection.since : happening.at;
      return { ...state, connection: { kind: 'lost', since, why: happening.why } };
    }
    case 'barred': {
      const { needsToken, detail } = happening;
      return { ...nothingYet, barrier: { needsToken, detail } };
    }
    case 'reset':
      return nothingYet;
    case 'status': {
      const { instance } = happening.status;
      const isSame = state.status === undefined || state.status.instance === instance;
      // Counters of another life begin at zero again.
      return { ...state, status: happening.status, channels: isSame ? state.channels : [] };
    }
    case 'nodes':
      return { ...state, nodes: happening.nodes };
    case 'views':
      return { ...state, views: happening.views };
    case 'channels':
      return { ...state, channels: happening.channels.map((one) => shownChannel(state.channels, one, happening.at)) };
    case 'queues': {
      const { queues, isSample } = happening;
      return { ...state, queues: queues.map((queue) => shownQueue(state.queues, queue, isSample)) };
    }
    case 'queue':
      return { ...state, queues: state.queues.map((held) => changedQueue(held, happening.queue)) };
    case 'told':
      return { ...state, told: withTold(state.told, happening.event) };
  }
}

function shownChannel(held: readonly ShownChannel[], channel: Channel, at: number): ShownChannel {
  const before = held.find(({ name }) => name === channel.name);
  const received = total(channel.counts?.received);
  const sent = total(channel.counts?.sent);
  const rate = (now: number, then: number | undefined): number =>
    before === undefined || then === undefined || at <= before.at
      ? 0
      : (1_000 * Math.max(0, now - then)) / (at - before.at);
  return {
    ...channel,
    received,
    sent,
    at,
    receivedRates: appended(before?.receivedRates ?? [], rate(received, before?.received)),
    sentRates: appended(before?.sentRates ?? [], rate(sent, before?.sent)),
  };
}

function shownQueue(held: readonly ShownQueue[], queue: Queue, isSample: boolean): ShownQueue {
  const before = held.find(({ name }) => name === queue.name);
  const depths = before?.depths ?? [];
  return { ...queue, depths: isSample ? appended(depths, queue.size) : depths };
}

/** An event says how a queue stands, but not how old the oldest item is: that is read with the next list. */
function changedQueue(held: ShownQueue, queue: Omit<Queue, 'oldestMs'>): ShownQueue {
  if (held.name !== queue.name) return held;
  // What is not told is not so any more.
  const { why: _, ...rest } = held;
  return { ...rest, ...queue };
}

function total(outcomes: Outcomes = {}): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}
