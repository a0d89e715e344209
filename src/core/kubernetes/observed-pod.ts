import type { NodeUri, TransportName } from '../node-uri.ts';

/** The container of a pod that the node runs in, as the kubelet last said. Times are milliseconds since 1970, of whole seconds. */
export interface ObservedContainer {
  /** Names one run of the container; empty until the first one has begun. */
  readonly id: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** `running`: when this run began. */
  readonly startedAt: number | undefined;
  /** When the last run that is over ended. */
  readonly endedAt: number | undefined;
}

/** What counts of a pod. */
export interface ObservedPod {
  readonly uid: string;
  readonly name: string;
  /** In the form that {@link NodeUri} holds; empty until the pod has one. */
  readonly ips: readonly string[];
  /** The addresses are those of the machine: other pods and programs have them too. */
  readonly hostNetwork: boolean;
  /** Container ports whose name begins with `sip`. */
  readonly ports: readonly Pick<NodeUri, 'port' | 'transport'>[];
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly ready: boolean;
  /** It is being deleted; its process may go on for the grace period. */
  readonly terminating: boolean;
  readonly container: ObservedContainer | undefined;
  /** A container that ended, and ended well, is run again in the same pod. */
  readonly restarts: boolean;
  /** The object that made the pod: what is made for the pod's release goes when that one goes. */
  readonly owner: ObjectReference | undefined;
}

/** An object of the same namespace, as owner references name it. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** An address behind the headless service. */
export interface ObservedEndpoint {
  readonly host: string;
  readonly ports: readonly Pick<NodeUri, 'port' | 'transport'>[];
  /** Whether it serves, as EndpointSlices say it: not ready and not serving is one that is not up yet. */
  readonly terminating: boolean;
}

/** One EndpointSlice of the headless service. */
export interface ObservedSlice {
  readonly name: string;
  readonly endpoints: readonly ObservedEndpoint[];
}

/** The address of the node at one of `hosts`: the one of the family that this node has, at the port that is named for it. */
export function nodeAddress(
  hosts: readonly string[],
  ports: readonly Pick<NodeUri, 'port' | 'transport'>[],
  local: NodeUri,
): NodeUri | undefined {
  const host = hosts.find((one) => one.includes(':') === local.host.includes(':')) ?? hosts[0];
  if (host === undefined) return undefined;
  const same = (one: { transport: TransportName }): boolean => one.transport === local.transport;
  return { host, port: ports.find(same)?.port ?? local.port, transport: local.transport };
}

/** Whether its process runs or is about to: with an address, not ended, and not told to end. */
export function mayAnswer(pod: ObservedPod): boolean {
  return pod.ips.length > 0 && !pod.terminating && pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

/** Whether a process in it that ends now is followed by another one at the same address. */
export function runsAgain(pod: ObservedPod): boolean {
  return pod.restarts && mayAnswer(pod);
}
