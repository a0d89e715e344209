import type { Claim } from './node-claim.ts';
import type { NodeUri, TransportName } from './node-uri.ts';

/** Kamailio's words, as they stand in node lists and RPC answers. */
export type NodeStatus = 'active' | 'not_active' | 'disabled';

/** What a person or a program may hold a node to be, whatever it is by itself. */
export type HeldStatus = Exclude<NodeStatus, 'active'>;

/** What runs at an address: one of ours, a Kamailio, other software that speaks KDMQ, or not asked yet. */
export type NodeKind = 'kdmq' | 'kamailio' | 'other' | 'unknown';

/** What a node says of itself, or others of it. */
export interface NodeIdentity {
  readonly uri: NodeUri;
  readonly kind: NodeKind;
  /** Names one life of one of our nodes for certain (random, or the pod's UID and container); empty for others. */
  readonly instance: string;
  /** `kdmq/0.1.0`, `kamailio (5.6.3 (x86_64/linux))`; empty when not known. */
  readonly software: string;
  /** Stream transports that it offers at the port of its URI (our own nodes say so). */
  readonly streams: readonly TransportName[];
}

/** All that this node holds about another one. Immutable: each change makes a new record. */
export interface NodeRecord extends NodeIdentity {
  readonly key: string;
  /** Spreads the nodes over the ring and into the digest. */
  readonly hash: number;
  readonly claim: Claim;
  /** The incarnation that answered this node itself, or -1: nobody is active by hearsay. */
  readonly verified: number;
  /** Stands in the configuration or its DNS answers: kept and asked again for ever. */
  readonly notificationAddress: boolean;
  /** Lives, and gets no broadcasts from this node all the same: somebody said so here. Nobody else hears of it. */
  readonly heldAs: HeldStatus | undefined;
  /** Probes in a row that went unanswered. */
  readonly failCount: number;
  /** Monotonic milliseconds: when the claim changed, and when the node itself last gave a sign of life (-1: never). */
  readonly changedAt: number;
  readonly seenAt: number;
  /** Round trip of the last answered probe in milliseconds, or -1. */
  readonly roundTrip: number;
  /** Out of the list; kept so that late gossip does not bring it back. */
  readonly buried: boolean;
}

/** How failures turn into statuses: Kamailio's parameters. */
export interface FailurePolicy {
  readonly remove_inactive: boolean;
  readonly fail_count_enabled: boolean;
  readonly fail_count_threshold_not_active: number;
  readonly fail_count_threshold_disabled: number;
}

/**
 * The status shown for a record. Suspected nodes stay active: one missed probe proves nothing. As in Kamailio a notification
 * address that died is not_active, another node disabled, or not_active where `remove_inactive` is 0; with
 * `fail_count_enabled` it is disabled only above the second threshold. A living node may be held to be something else.
 */
export function statusOf(record: NodeRecord, policy: FailurePolicy): NodeStatus {
  switch (record.claim.state) {
    case 'left':
      return 'disabled';
    case 'dead':
      if (policy.fail_count_enabled) {
        return record.failCount > policy.fail_count_threshold_disabled ? 'disabled' : 'not_active';
      }
      return record.notificationAddress || !policy.remove_inactive ? 'not_active' : 'disabled';
    case 'alive':
    case 'suspect':
      return record.heldAs ?? (isVerified(record) ? 'active' : 'not_active');
  }
}

/** Whether this life of the node has answered us. */
export function isVerified(record: NodeRecord): boolean {
  return record.verified === record.claim.incarnation;
}
