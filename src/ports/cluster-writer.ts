import type { ClusterEvent } from '../core/kubernetes/cluster-event.ts';
import type { DmqNodeContent, DmqNodeStatus, NodeViewpoint } from '../core/kubernetes/dmq-node.ts';
import type { LeaseContent } from '../core/kubernetes/lease-record.ts';

/** Changes objects of the namespace. Every failure is a {@link ClusterError}; no call takes longer than 2 s; nothing is tried again in here. */
export interface ClusterWriter {
  /** Returns the new version. `EXISTS` when there is one. */
  createLease(lease: LeaseContent): Promise<string>;
  /** Replaces the Lease that has `version`, returns the new one. `CONFLICT` when somebody else did first. */
  replaceLease(lease: LeaseContent, version: string): Promise<string>;
  /** Makes a DmqNode, or makes it as it should be. */
  applyNode(node: DmqNodeContent): Promise<void>;
  /** The leader's part of the status. `ABSENT` when there is no such DmqNode. */
  applyStatus(name: string, status: DmqNodeStatus): Promise<void>;
  /** The part of the status in which a node says whom it sees. `ABSENT` when there is no such DmqNode. */
  applyView(name: string, view: NodeViewpoint): Promise<void>;
  /** Deletes a DmqNode if it is still the one with that UID. */
  deleteNode(name: string, uid: string): Promise<void>;
  /** Writes an Event and returns its name. */
  createEvent(event: ClusterEvent): Promise<string>;
  /** The event of that name has happened `count` times by now, last at `time` (milliseconds since 1970). */
  repeatEvent(name: string, count: number, time: number): Promise<void>;
}
