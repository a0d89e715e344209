import type { NodeRecord } from '../node-record.ts';
import { formatNodeUri, nodeKey } from '../node-uri.ts';
import {
  addressTrouble,
  type DmqNode,
  type DmqNodeStatus,
  type MisdeclaredNode,
  type NodeViewpoint,
  shortVersion,
} from './dmq-node.ts';
import { conditionsOf, misdeclaredConditions, phaseOf, type Tally } from './node-conditions.ts';

/** What the leader remembers of a DmqNode from one look to the next. Times are monotonic, `seenAt` is of the day, in milliseconds. */
export interface NodeMemory {
  readonly seenAt: number | undefined;
  readonly splitSince: number | undefined;
  readonly goneSince: number | undefined;
}

/** Whom one of our nodes sees, by address. */
export interface IndexedView {
  readonly instance: string;
  readonly words: ReadonlyMap<string, 'active' | 'suspected' | 'not_active'>;
}

export interface BusSight {
  /** Whom our nodes see: those who are there and say it. */
  readonly views: readonly IndexedView[];
  /** The leader's own record of a node, by key. */
  readonly record: (key: string) => NodeRecord | undefined;
  /** Monotonic, and of the day, in milliseconds. */
  readonly now: number;
  readonly wallTime: number;
  /** How old `lastSeen` may grow while nothing else changes. */
  readonly refreshMs: number;
}

/** So long the nodes may disagree before it is called a split: news takes a moment. */
const settlingMs = 5_000;
const noMemory: NodeMemory = { seenAt: undefined, splitSince: undefined, goneSince: undefined };

/** The status of one DmqNode out of what all say of it, and what to remember. Undefined while nobody says anything. */
export function nodeStatus(
  node: DmqNode,
  sight: BusSight,
  memory: NodeMemory = noMemory,
): { readonly status: DmqNodeStatus; readonly memory: NodeMemory } | undefined {
  const tally = count(node, sight.views);
  if (tally.observers === 0) return undefined;
  const { now, wallTime } = sight;
  const sentTo = tally.active + tally.suspected;
  const isSeen = tally.others === 0 ? sentTo > 0 : tally.activeForOthers > 0;
  const disagree = sentTo > 0 && sentTo < tally.observers;
  const splitSince = disagree ? (memory.splitSince ?? now) : undefined;
  const wasSplit = node.status.conditions?.find(({ type }) => type === 'SplitView')?.status === 'True';
  const isSplit = splitSince !== undefined && (wasSplit || now - splitSince >= settlingMs);
  const phase = phaseOf(tally);
  const seenAt = isSeen ? wallTime : memory.seenAt;
  const software = node.view?.software || sight.record(nodeKey(node.address))?.software || '';
  const status: DmqNodeStatus = {
    phase,
    seenBy: `${sentTo}/${tally.observers}`,
    activeFor: sentTo,
    observers: tally.observers,
    version: software === '' ? (node.status.version ?? '') : shortVersion(software),
    lastSeen: lastSeen(node, seenAt, isSeen && phase === node.status.phase, sight),
    conditions: conditionsOf(tally, isSplit, node.status.conditions ?? [], timeText(wallTime), node.generation),
    observedGeneration: node.generation,
  };
  return {
    status,
    memory: { seenAt, splitSince, goneSince: phase === 'gone' ? (memory.goneSince ?? now) : undefined },
  };
}

/** The status of a DmqNode without an address that can be read: in nobody's list, and why. */
export function misdeclaredStatus(node: MisdeclaredNode, observers: number, wallTime: number): DmqNodeStatus {
  const { version = '', lastSeen: seenAt, conditions = [] } = node.status;
  return {
    phase: 'gone',
    seenBy: `0/${observers}`,
    activeFor: 0,
    observers,
    version,
    lastSeen: seenAt,
    conditions: misdeclaredConditions(addressTrouble(node), conditions, timeText(wallTime), node.generation),
    observedGeneration: node.generation,
  };
}

/** The view in the form that many nodes can be looked up in. */
export function indexView({ instance, active, suspected, notActive }: NodeViewpoint): IndexedView {
  const word = <Word>(list: readonly string[], is: Word) => list.map((address) => [address, is] as const);
  const words = [...word(notActive, 'not_active' as const), ...word(suspected, 'suspected' as const)];
  return { instance, words: new Map([...words, ...word(active, 'active' as const)]) };
}

/** RFC 3339, in whole seconds, as Kubernetes writes times. */
export function timeText(wallTime: number): string {
  return new Date(wallTime).toISOString().replace(/\.\d+Z$/, 'Z');
}

function count(node: DmqNode, views: readonly IndexedView[]): Tally {
  const address = formatNodeUri(node.address);
  const tally = { active: 0, suspected: 0, not_active: 0 };
  let [others, activeForOthers] = [0, 0];
  for (const { instance, words } of views) {
    const word = words.get(address);
    if (word !== undefined) tally[word] += 1;
    if (instance === node.view?.instance) continue;
    others += 1;
    if (word === 'active') activeForOthers += 1;
  }
  const { active, suspected, not_active: notActive } = tally;
  return { observers: views.length, active, suspected, notActive, others, activeForOthers };
}

/** While it is seen the time is written anew only now and then: each write is told to everybody who watches. */
function lastSeen(node: DmqNode, seenAt: number | undefined, isSteady: boolean, sight: BusSight): string | undefined {
  const held = node.status.lastSeen;
  if (seenAt === undefined) return held;
  const age = held === undefined ? Number.POSITIVE_INFINITY : sight.wallTime - Date.parse(held);
  return isSteady && age >= 0 && age < sight.refreshMs ? held : timeText(seenAt);
}
