import { hash32, mix32 } from './hash.ts';
import { isLivingClaim } from './node-claim.ts';
import { type NodeEvent, nextRecord } from './node-event.ts';
import { type FailurePolicy, isVerified, type NodeRecord, type NodeStatus, statusOf } from './node-record.ts';
import { type NodeUri, nodeKey } from './node-uri.ts';

/** What an event did to one node. `before` or `after` is undefined where there was, or is, no record. */
export interface NodeChange {
  readonly key: string;
  readonly before: NodeRecord | undefined;
  readonly after: NodeRecord | undefined;
}

/** A node as it is shown: to users, in RPC answers, in events. */
export interface ListedNode {
  readonly record: NodeRecord;
  readonly status: NodeStatus;
}

/** Records that are kept, the buried included. Far above the 1,000 nodes of a bus, so that it only stops abuse. */
const maxRecords = 10_000;

/**
 * All nodes that this node knows, without itself: events in, changes out. Holds no clock; nothing heard here changes the
 * local node. Lookups and single events cost O(1); the sorted views are made anew after a change, when asked for.
 */
export class NodeList {
  readonly localKey: string;
  readonly #records = new Map<string, NodeRecord>();
  readonly #localHash: number;
  #localIncarnation = 0;
  #digest = 0;
  #alive = 0;
  #activeCount = 0;
  #active: readonly NodeRecord[] | undefined;
  #addressed: readonly NodeRecord[] | undefined;

  constructor(local: NodeUri) {
    this.localKey = nodeKey(local);
    this.#localHash = hash32(this.localKey);
  }

  /** The record of a node, buried ones too. */
  get(key: string): NodeRecord | undefined {
    return this.#records.get(key);
  }

  /** Carries out an event. Undefined when it changed nothing, is about the local node, or the list is full. */
  apply(event: NodeEvent): NodeChange | undefined {
    const key = 'node' in event ? nodeKey(event.node.uri) : event.key;
    if (key === this.localKey) return undefined;
    const before = this.#records.get(key);
    if (before === undefined && this.isFull) return undefined;
    const after = nextRecord(before, event);
    if (after === before) return undefined;
    this.#digestOut(before);
    this.#digestIn(after);
    if (after === undefined) this.#records.delete(key);
    else this.#records.set(key, after);
    this.#activeCount += Number(isActive(after)) - Number(isActive(before));
    if (changesActive(before, after)) {
      this.#active = undefined;
      this.#addressed = undefined;
    }
    return { key, before, after };
  }

  /** Whether nodes that are not known yet are not taken any more. */
  get isFull(): boolean {
    return this.#records.size >= maxRecords;
  }

  /** Every record, the buried included. */
  records(): IterableIterator<NodeRecord> {
    return this.#records.values();
  }

  get activeCount(): number {
    return this.#activeCount;
  }

  /**
   * The nodes that are verified and neither dead nor gone. In the order of their places on the ring. When a node was last seen is not kept
   * up to date in here: ask `get`.
   */
  active(): readonly NodeRecord[] {
    this.#active ??= [...this.#records.values()].filter(isActive).sort(byHash);
    return this.#active;
  }

  /** The nodes that get broadcasts: the active ones without those that are held to be something else. */
  addressed(): readonly NodeRecord[] {
    this.#addressed ??= this.active().filter(({ heldAs }) => heldAs === undefined);
    return this.#addressed;
  }

  /** What is shown as the node list, sorted by address; buried nodes are not in it. */
  listed(policy: FailurePolicy): ListedNode[] {
    const shown = [...this.#records.values()].filter((record) => !record.buried);
    shown.sort((one, other) => (one.key < other.key ? -1 : 1));
    return shown.map((record) => ({ record, status: statusOf(record, policy) }));
  }

  /** The local node's own incarnation is part of the digest, so that two nodes that agree have the same one. */
  setLocalIncarnation(incarnation: number): void {
    this.#localIncarnation = incarnation;
  }

  /**
   * A short word for "which lives are alive, as far as I have heard": equal on two nodes that hold the same claims.
   * Suspicion and the dead are left out: the one is passing, the others are forgotten at different times.
   */
  digest(): string {
    const local = mixLife(this.#localHash, this.#localIncarnation);
    return `${this.#alive + 1}.${((this.#digest ^ local) >>> 0).toString(36)}`;
  }

  #digestIn(record: NodeRecord | undefined): void {
    if (record === undefined || !isLiving(record)) return;
    this.#digest ^= mixLife(record.hash, record.claim.incarnation);
    this.#alive += 1;
  }

  #digestOut(record: NodeRecord | undefined): void {
    if (record === undefined || !isLiving(record)) return;
    this.#digest ^= mixLife(record.hash, record.claim.incarnation);
    this.#alive -= 1;
  }
}

/** Whether the record's claim is that it lives, verified or not. */
export function isLiving(record: NodeRecord): boolean {
  return isLivingClaim(record.claim);
}

/** Whether the node has answered and is neither dead nor gone. */
export function isActive(record: NodeRecord | undefined): boolean {
  return record !== undefined && isLiving(record) && isVerified(record);
}

/** A sign of life alone does not: with 1,000 nodes the view would be sorted anew some times a second. */
function changesActive(before: NodeRecord | undefined, after: NodeRecord | undefined): boolean {
  if (isActive(before) !== isActive(after)) return true;
  if (!isActive(after)) return false;
  return before?.claim !== after?.claim || before?.instance !== after?.instance || before?.heldAs !== after?.heldAs;
}

function byHash(one: NodeRecord, other: NodeRecord): number {
  return one.hash - other.hash || (one.key < other.key ? -1 : 1);
}

function mixLife(hash: number, incarnation: number): number {
  return mix32(hash ^ mix32(incarnation | 0) ^ Math.imul(Math.floor(incarnation / 0x1_0000_0000), 0x9e3779b1));
}
