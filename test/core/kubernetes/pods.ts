import type { ObservedContainer, ObservedPod } from '../../../src/core/kubernetes/observed-pod.ts';
import { formatPodInstance } from '../../../src/core/kubernetes/pod-instance.ts';
import type { NodeEvent } from '../../../src/core/node-event.ts';
import { NodeList } from '../../../src/core/node-list.ts';
import type { NodeKind } from '../../../src/core/node-record.ts';
import { uriOf } from '../records.ts';

/** The time of day at which the pods of these tests begin: a whole second. */
export const start = Date.UTC(2026, 0, 1);

/** A run of a container that began at `startedAt`. */
export function running(id: string, startedAt = start, endedAt?: number): ObservedContainer {
  return { id, state: 'running', startedAt, endedAt };
}

/** A run that has ended. */
export function ended(id: string, endedAt: number): ObservedContainer {
  return { id, state: 'terminated', startedAt: undefined, endedAt };
}

/** A pod that is up, with what is different about it. */
export function podOf(uid: string, ip: string, changes: Partial<ObservedPod> = {}): ObservedPod {
  return {
    uid,
    name: `pod-${uid}`,
    ips: [ip],
    hostNetwork: false,
    ports: [],
    phase: 'Running',
    ready: true,
    terminating: false,
    container: running(`${uid}-1`),
    restarts: true,
    owner: undefined,
    ...changes,
  };
}

export function podsOf(...pods: readonly ObservedPod[]): ReadonlyMap<string, ObservedPod> {
  return new Map(pods.map((pod) => [pod.uid, pod]));
}

/** The instance of a process in the pod; it begins a little after its container. */
export function lifeOf(uid: string, startedAt = start + 120): string {
  return formatPodInstance({ uid, startedAt });
}

/** A node list as another node holds it. */
export class Nodes {
  readonly list = new NodeList(uriOf('10.0.0.1'));

  /** A node that answered, in the life of that instance. */
  add(address: string, kind: NodeKind, instance = '', incarnation = 1): this {
    const node = { uri: uriOf(address), kind, instance, software: '', streams: [] };
    return this.apply({ kind: 'seen', node, evidence: 'answered', incarnation, at: 0 });
  }

  apply(event: NodeEvent): this {
    this.list.apply(event);
    return this;
  }

  get(key: string) {
    return this.list.get(key);
  }

  records() {
    return this.list.records();
  }
}
