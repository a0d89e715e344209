import type { NodeKind, NodeStatus } from '../core/node-record.ts';
import type { NodeTransition } from '../core/node-transition.ts';
import { formatNodeUri, type NodeUri, type TransportName } from '../core/node-uri.ts';
import type { Directory } from './directory.ts';

/** One node of the bus as it is shown. */
export interface NodeView {
  /** `sip:10.0.0.1:5060`, with `;transport=` where it is not UDP. */
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  readonly transport: TransportName;
  readonly status: NodeStatus;
  /** Whether it is this node. */
  readonly local: boolean;
  readonly kind: NodeKind;
  /** Its User-Agent, as `kamailio (5.6.3 (x86_64/linux))`; empty when not known. */
  readonly software: string;
  /** Whether probes go unanswered at the moment: still active, but doubted. */
  readonly suspected: boolean;
  /** Milliseconds since it last answered, and the round trip then; undefined when it never did. */
  readonly seenAgoMs: number | undefined;
  readonly roundTripMs: number | undefined;
  readonly failCount: number;
}

/** Something happened to a node. */
export interface NodeEventView {
  readonly transition: NodeTransition;
  readonly uri: string;
  readonly kind: NodeKind;
  /** In a few words: `answered`, `goodbye`, `silent`. */
  readonly why: string;
}

/** The node list at `now`, this node first. */
export function nodeViews(directory: Directory, now: number): NodeView[] {
  const { local } = directory;
  const others = directory.listed().map(
    ({ record, status }): NodeView => ({
      uri: formatNodeUri(record.uri),
      ...record.uri,
      status,
      local: false,
      kind: record.kind,
      software: record.software,
      suspected: record.claim.state === 'suspect',
      seenAgoMs: record.seenAt < 0 ? undefined : now - record.seenAt,
      roundTripMs: record.roundTrip < 0 ? undefined : record.roundTrip,
      failCount: record.failCount,
    }),
  );
  return [localView(local.fact().node.software, local.uri, local.leaving), ...others];
}

function localView(software: string, uri: NodeUri, leaving: boolean): NodeView {
  return {
    uri: formatNodeUri(uri),
    ...uri,
    status: leaving ? 'disabled' : 'active',
    local: true,
    kind: 'kdmq',
    software,
    suspected: false,
    seenAgoMs: undefined,
    roundTripMs: undefined,
    failCount: 0,
  };
}
