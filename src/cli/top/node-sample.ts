import type { Readiness } from '../../core/readiness.ts';
import type { NodeApi } from '../node-api/node-api.ts';

/** A node of the list. */
export interface ListedNode {
  readonly uri: string;
  readonly status: string;
  readonly local: boolean;
  readonly kind: string;
  readonly suspected: boolean;
  readonly seenAgoMs?: number;
  readonly roundTripMs?: number;
}

/** Messages of a channel since the node's start, by outcome. */
export interface ChannelTotals {
  readonly name: string;
  readonly role: string;
  readonly counts?: {
    readonly received: Readonly<Record<string, number>>;
    readonly sent: Readonly<Record<string, number>>;
  };
}

/** A queue as it stands, and what happened in it since the node's start. */
export interface QueueTotals {
  readonly name: string;
  readonly state: string;
  readonly why?: string;
  readonly size: number;
  readonly delayed: number;
  readonly leased: number;
  readonly bytes: number;
  readonly oldestMs?: number;
  readonly counts: { readonly added: number; readonly fetched: number };
}

/** How the node itself stands. */
export interface OwnStatus extends Readiness {
  readonly uri: string;
  /** Names this life of the node: totals begin anew with another one. */
  readonly instance: string;
  readonly version: string;
  readonly uptimeMs: number;
  readonly stopping: boolean;
  readonly store: string;
  readonly kubernetes: { readonly state: string };
}

/** A node at one moment. */
export interface NodeSample {
  /** Milliseconds of a clock that only goes forward. */
  readonly at: number;
  readonly status: OwnStatus;
  readonly nodes: readonly ListedNode[];
  readonly channels: readonly ChannelTotals[];
  readonly queues: readonly QueueTotals[];
}

/** Asks a running node for all that is shown of it. Rejects with a CommandFailure. */
export async function takeSample(api: NodeApi): Promise<NodeSample> {
  const ask = (path: string) => api.ask({ method: 'GET', path });
  const [status, nodes, channels, queues] = await Promise.all(['/status', '/nodes', '/channels', '/queues'].map(ask));
  return {
    at: performance.now(),
    status: status as OwnStatus,
    ...(nodes as Pick<NodeSample, 'nodes'>),
    ...(channels as Pick<NodeSample, 'channels'>),
    ...(queues as Pick<NodeSample, 'queues'>),
  };
}
