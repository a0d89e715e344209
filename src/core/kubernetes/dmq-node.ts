import type { NodeUri } from '../node-uri.ts';
import type { ObjectReference } from './observed-pod.ts';

/** How the nodes of the bus, taken together, see a node. */
export type NodePhase =
  | 'active' /* most of them send to it */
  | 'suspected' /* it still gets what is sent, but does not answer probes */
  | 'not_active' /* known, and not answering */
  | 'gone'; /* in the lists of the fewest: it left, died, or was never there */

export type ConditionType = 'Ready' | 'Reachable' | 'SplitView';

/** A condition as Kubernetes has them. Times are RFC 3339. */
export interface NodeCondition {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime: string;
  readonly observedGeneration: number;
}

/** Whom one of our nodes sees, as it says itself. Each list holds SIP URIs as `formatNodeUri` writes them, sorted. */
export interface NodeViewpoint {
  /** The life that says it. */
  readonly instance: string;
  readonly software: string;
  /** Itself included. */
  readonly active: readonly string[];
  readonly suspected: readonly string[];
  readonly notActive: readonly string[];
  /** When it was last said (RFC 3339): said again now and then though nothing changed. */
  readonly time: string;
}

/** The status of a DmqNode, the view aside: written by the leader. */
export interface DmqNodeStatus {
  readonly phase: NodePhase;
  /** `2/3`: for so many of those who say whom they see it is active. */
  readonly seenBy: string;
  readonly activeFor: number;
  readonly observers: number;
  readonly version: string;
  /** RFC 3339; undefined when it was never seen. */
  readonly lastSeen: string | undefined;
  readonly conditions: readonly NodeCondition[];
  readonly observedGeneration: number;
}

/** A DmqNode as it stands in Kubernetes. */
export interface DmqNode {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Made by a node of ours, not declared by a user: it says what was seen and makes nobody a member. */
  readonly observed: boolean;
  readonly address: NodeUri;
  readonly kind: 'pod' | 'external';
  /** The bus that it belongs to; empty: every bus of the namespace. */
  readonly bus: string;
  readonly status: Partial<DmqNodeStatus>;
  readonly view: NodeViewpoint | undefined;
}

/** One that a user made with an address that is none: it brings nobody into the bus, and is told so. */
export interface MisdeclaredNode extends Omit<DmqNode, 'address'> {
  readonly address: undefined;
  /** What stands there in place of an address. */
  readonly written: string;
}

/** A DmqNode that a user made. */
export type DeclaredNode = DmqNode | MisdeclaredNode;

/** What is wrong with its address, and what would be right. */
export function addressTrouble({ written }: MisdeclaredNode): string {
  const right = 'sip:192.0.2.10:5060 or sip:[2001:db8::10]:5061;transport=tls';
  return `"${written.slice(0, 128)}" is not a SIP URI with an IP address and a port up to 65535, such as ${right}`;
}

/** What is applied of a DmqNode that we make. */
export interface DmqNodeContent {
  readonly name: string;
  readonly address: NodeUri;
  readonly kind: 'pod' | 'external';
  readonly bus: string;
  /** It goes when this one goes. */
  readonly owner: ObjectReference | undefined;
}

/** The name of the DmqNode for a node that is no pod: a DNS subdomain out of the bus and the address. */
export function externalNodeName(bus: string, { host, port, transport }: NodeUri): string {
  const address = `${host.replace(/[^a-z0-9]/g, '-')}-${port}${transport === 'udp' ? '' : `-${transport}`}`;
  return `${bus}-${address}`;
}

/** `kamailio 5.6.3` for `kamailio (5.6.3 (x86_64/linux))`; `kdmq/0.1.0` stays. */
export function shortVersion(software: string): string {
  const product = /^([\w-]+) \(([^\s()]+)/.exec(software);
  return (product === null ? software : `${product[1]} ${product[2]}`).slice(0, 63);
}

/** Whether both say the same of whom they see. */
export function sameView(one: NodeViewpoint | undefined, other: NodeViewpoint): boolean {
  if (one === undefined || one.instance !== other.instance || one.software !== other.software) return false;
  const lists = (view: NodeViewpoint): string =>
    [view.active, view.suspected, view.notActive].map((l) => l.join()).join(';');
  return lists(one) === lists(other);
}

/** Whether a status that stands in Kubernetes is the one that should: then nothing is written. */
export function sameStatus(held: Partial<DmqNodeStatus>, wanted: DmqNodeStatus): boolean {
  const { conditions, ...fields } = wanted;
  const sameFields = (Object.keys(fields) as (keyof typeof fields)[]).every((name) => held[name] === wanted[name]);
  return sameFields && conditions.every((condition) => sameCondition(held.conditions, condition));
}

function sameCondition(held: readonly NodeCondition[] | undefined, wanted: NodeCondition): boolean {
  const other = held?.find(({ type }) => type === wanted.type);
  return (
    other !== undefined &&
    (Object.keys(wanted) as (keyof NodeCondition)[]).every((name) => other[name] === wanted[name])
  );
}
