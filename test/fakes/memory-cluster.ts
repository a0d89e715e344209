import { ClusterError, type ClusterErrorCode } from '../../src/core/kubernetes/cluster-error.ts';
import type { ClusterEvent } from '../../src/core/kubernetes/cluster-event.ts';
import type {
  DeclaredNode,
  DmqNode,
  DmqNodeContent,
  DmqNodeStatus,
  NodeViewpoint,
} from '../../src/core/kubernetes/dmq-node.ts';
import type { LeaseContent, LeaseRecord } from '../../src/core/kubernetes/lease-record.ts';
import type { ObservedPod, ObservedSlice } from '../../src/core/kubernetes/observed-pod.ts';
import type { NodeUri } from '../../src/core/node-uri.ts';
import type { Cluster } from '../../src/ports/cluster.ts';
import type { ClusterWriter } from '../../src/ports/cluster-writer.ts';
import { MemoryResource } from './memory-resource.ts';

/** The API of a cluster, held in memory: all controllers of a test see the same objects. Changes are told at once. */
export class MemoryCluster {
  readonly pods = new MemoryResource<ObservedPod>(({ uid }) => uid);
  readonly slices = new MemoryResource<ObservedSlice>(({ name }) => name);
  readonly declared = new MemoryResource<DeclaredNode>(({ name }) => name);
  readonly observed = new MemoryResource<DmqNode>(({ name }) => name);
  readonly lease = new MemoryResource<LeaseRecord>(() => 'lease');
  readonly owners = new Map<string, string | undefined>();
  readonly events: (ClusterEvent & { count: number })[] = [];
  /** What each write is answered with instead. */
  refusal: ClusterErrorCode | undefined;
  /** What each write waits for. */
  delay: (() => Promise<void>) | undefined;
  writes = 0;
  /** DmqNodes made, changed or deleted, their status aside. */
  nodeWrites = 0;
  delayed = 0;
  #versions = 0;

  /** The cluster as one node reaches it. */
  connection(): Cluster {
    const { pods, slices: endpoints, declared, observed, lease } = this;
    return { pods, endpoints, declared, observed, lease, writer: this.#writer(), close: async () => {} };
  }

  /** A DmqNode as a user makes it. */
  declare(name: string, address: NodeUri, bus = ''): void {
    this.declared.set(nodeOf({ name, address, kind: 'external', bus, owner: undefined }, `uid-${name}`, false));
  }

  /** A DmqNode whose address is none. */
  misdeclare(name: string, written: string): void {
    const generation = (this.declared.items.get(name)?.generation ?? 0) + 1;
    const held = this.declared.items.get(name)?.status ?? {};
    const rest = { observed: false, kind: 'external', bus: '', status: held, view: undefined } as const;
    this.declared.set({ ...rest, name, uid: `uid-${name}`, generation, address: undefined, written });
  }

  node(name: string): DeclaredNode | undefined {
    return this.declared.items.get(name) ?? this.observed.items.get(name);
  }

  cutAll(code?: ClusterErrorCode): void {
    for (const resource of [this.pods, this.slices, this.declared, this.observed, this.lease]) resource.cut(code);
  }

  #writer(): ClusterWriter {
    const write = async <T>(change: () => T): Promise<T> => {
      this.writes += 1;
      if (this.delay !== undefined) {
        this.delayed += 1;
        await this.delay();
      }
      if (this.refusal !== undefined) throw new ClusterError(this.refusal, `refused: ${this.refusal}`);
      return change();
    };
    return {
      createLease: (content) =>
        write(() => {
          if (this.lease.items.size > 0) throw new ClusterError('EXISTS', 'there is one');
          return this.#putLease(content);
        }),
      replaceLease: (content, version) =>
        write(() => {
          if (this.lease.items.get('lease')?.version !== version) throw new ClusterError('CONFLICT', 'changed');
          return this.#putLease(content);
        }),
      applyNode: (content) => write(() => this.#applyNode(content)),
      applyStatus: (name, status) => write(() => this.#change(name, (node) => ({ ...node, status }))),
      applyView: (name, view) => write(() => this.#change(name, (node) => ({ ...node, view }))),
      deleteNode: (name, uid) =>
        write(() => {
          this.nodeWrites += 1;
          if (this.observed.items.get(name)?.uid === uid) this.observed.delete(name);
        }),
      createEvent: (event) =>
        write(() => {
          this.events.push({ ...event, count: 1 });
          return String(this.events.length - 1);
        }),
      repeatEvent: (name, count) =>
        write(() => {
          this.events[Number(name)]!.count = count;
        }),
    };
  }

  #putLease({ holder, durationMs, acquiredAt, transitions }: LeaseContent): string {
    this.#versions += 1;
    this.lease.set({ holder, durationMs, acquiredAt, transitions, version: String(this.#versions) });
    return String(this.#versions);
  }

  #applyNode(content: DmqNodeContent): void {
    this.nodeWrites += 1;
    this.owners.set(content.name, content.owner?.uid);
    const held = this.node(content.name);
    if (held === undefined) this.observed.set(nodeOf(content, `uid-${content.name}`, true));
    else if (held.address !== content.address) this.#change(content.name, (node) => ({ ...node, ...content }));
  }

  #change(name: string, change: <Node extends DeclaredNode>(node: Node) => Node): void {
    const declared = this.declared.items.get(name);
    const observed = this.observed.items.get(name);
    if (declared !== undefined) this.declared.set(change(declared));
    else if (observed !== undefined) this.observed.set(change(observed));
    else throw new ClusterError('ABSENT', `there is no ${name}`);
  }
}

function nodeOf({ name, address, kind, bus }: DmqNodeContent, uid: string, observed: boolean): DmqNode {
  const status: Partial<DmqNodeStatus> = {};
  const view: NodeViewpoint | undefined = undefined;
  return { name, uid, generation: 1, observed, address, kind, bus, status, view };
}
