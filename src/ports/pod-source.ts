import type { DeclaredNode, DmqNode } from '../core/kubernetes/dmq-node.ts';
import type { LeaseRecord } from '../core/kubernetes/lease-record.ts';
import type { ObservedPod, ObservedSlice } from '../core/kubernetes/observed-pod.ts';

/** Something that happened to one object since the list. */
export type ResourceEvent<T> =
  | { readonly kind: 'changed'; readonly item: T }
  | { readonly kind: 'removed'; readonly item: T };

/** All objects of one kind at one moment, and the version to watch from. */
export interface ResourceList<T> {
  readonly items: readonly T[];
  readonly version: string;
}

/** Objects of one kind in one namespace. Every failure is a {@link ClusterError}; nothing is tried again in here. */
export interface ResourceSource<T> {
  /** Reads all of them, consistently. Rejects within 5 s when there is no answer. */
  list(signal: AbortSignal): Promise<ResourceList<T>>;
  /**
   * Tells what happens from `version` on, in order and without gaps, until something ends it: then it rejects, `UNREACHABLE` within
   * about 1 s when the server is silent. Never resolves.
   */
  watch(version: string, onEvent: (event: ResourceEvent<T>) => void, signal: AbortSignal): Promise<never>;
}

export type PodSource = ResourceSource<ObservedPod>;
export type EndpointSource = ResourceSource<ObservedSlice>;
/** DmqNodes of users: what can't be read of them is told too, so that somebody says it to them. */
export type DeclaredNodeSource = ResourceSource<DeclaredNode>;
export type DmqNodeSource = ResourceSource<DmqNode>;
/** The one Lease of the bus: a list of none or one. */
export type LeaseSource = ResourceSource<LeaseRecord>;
