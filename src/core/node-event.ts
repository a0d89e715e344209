import { type EvidenceKind, weighEvidence } from './evidence.ts';
import { hash32 } from './hash.ts';
import { type Claim, isLivingClaim, outweighs } from './node-claim.ts';
import { type HeldStatus, isVerified, type NodeIdentity, type NodeRecord } from './node-record.ts';
import { nodeKey } from './node-uri.ts';

/**
 * So many probes may a Kamailio leave unanswered while it speaks up. Anyone can send what seems to be its word over UDP; what it
 * answers to a probe comes from the address itself. About three suspicions, some 15 s.
 */
export const MOST_MISSED_OF_A_SPEAKER = 16;

/** Something that was seen or heard of a node. `at` is monotonic milliseconds. */
export type NodeEvent =
  | {
      /** This node saw it itself. `incarnation` where the node told its own. */
      readonly kind: 'seen';
      readonly node: NodeIdentity;
      readonly evidence: EvidenceKind;
      readonly incarnation?: number;
      readonly roundTrip?: number;
      readonly at: number;
    }
  /** One of our nodes passed a claim on: believed by its weight, never enough to be active. `fresh`: as news, not in a whole list. */
  | {
      readonly kind: 'told';
      readonly node: NodeIdentity;
      readonly claim: Claim;
      readonly fresh: boolean;
      readonly at: number;
    }
  /** A probe went unanswered. */
  | { readonly kind: 'missed'; readonly key: string }
  /** The address came into, or fell out of, the configuration or its DNS answers. */
  | { readonly kind: 'listed'; readonly key: string; readonly listed: boolean }
  /** Somebody said that it shall get no broadcasts; `as` undefined: that it shall get them again. */
  | { readonly kind: 'held'; readonly key: string; readonly as: HeldStatus | undefined }
  /** Out of the list, or (when it is out already) out of memory. */
  | { readonly kind: 'buried'; readonly key: string }
  | { readonly kind: 'forgotten'; readonly key: string };

/**
 * The record after an event, `record` itself when nothing changed, undefined when there is none (any more).
 * Pure: the same events in any order leave the same claim.
 */
export function nextRecord(record: NodeRecord | undefined, event: NodeEvent): NodeRecord | undefined {
  switch (event.kind) {
    case 'seen':
      return seen(record, event);
    case 'told':
      return told(record, event);
    case 'missed':
      return record && { ...record, failCount: record.failCount + 1 };
    case 'listed':
      return record && record.notificationAddress !== event.listed
        ? { ...record, notificationAddress: event.listed }
        : record;
    case 'held':
      return record && record.heldAs !== event.as ? { ...record, heldAs: event.as } : record;
    case 'buried':
      return record && !record.buried ? { ...record, buried: true, heldAs: undefined } : record;
    case 'forgotten':
      return undefined;
  }
}

function seen(record: NodeRecord | undefined, event: NodeEvent & { kind: 'seen' }): NodeRecord | undefined {
  const claim = weighEvidence(record?.claim, event.evidence, event.incarnation);
  if (claim === undefined) return record;
  const base = record ?? newRecord(event.node, claim, event.at);
  // A late word of an earlier life says nothing of the present one.
  if (event.incarnation !== undefined && event.incarnation < claim.incarnation) return base;
  const current = withClaim(withIdentity(base, event.node), claim, event.at);
  const speaks = event.evidence === 'answered' || event.evidence === 'announced';
  if (!speaks || !isLivingClaim(claim)) return current;
  // A Kamailio that speaks up while it is only suspected never went: broadcasts to it go on, but not for one that only speaks.
  const neverWent = event.incarnation === undefined && record !== undefined && wasActive(record);
  const keepsVerified = neverWent && record.failCount < MOST_MISSED_OF_A_SPEAKER;
  return {
    ...current,
    verified: event.evidence === 'answered' || keepsVerified ? claim.incarnation : current.verified,
    failCount: event.evidence === 'answered' ? 0 : current.failCount,
    seenAt: event.at,
    roundTrip: event.roundTrip ?? current.roundTrip,
  };
}

function told(record: NodeRecord | undefined, event: NodeEvent & { kind: 'told' }): NodeRecord {
  if (record === undefined) return newRecord(event.node, event.claim, event.at);
  if (!outweighs(event.claim, record.claim)) return record;
  const renumbered = event.claim.incarnation > record.claim.incarnation;
  if (!renumbered) return withClaim(record, event.claim, event.at);
  const next = withClaim(withIdentity(record, event.node), event.claim, event.at);
  return contradicts(record, event) ? { ...next, verified: event.claim.incarnation } : next;
}

/**
 * Whether a higher incarnation is the same process again, which only contradicts a suspicion: it has answered this node
 * already, so it need not be verified anew and broadcasts to it go on.
 */
function contradicts(record: NodeRecord, { node, claim }: NodeEvent & { kind: 'told' }): boolean {
  return wasActive(record) && claim.state === 'alive' && node.kind === record.kind && node.instance === record.instance;
}

function wasActive(record: NodeRecord): boolean {
  return isLivingClaim(record.claim) && isVerified(record);
}

function newRecord(node: NodeIdentity, claim: Claim, at: number): NodeRecord {
  const key = nodeKey(node.uri);
  return {
    uri: node.uri,
    kind: node.kind,
    instance: node.instance,
    software: node.software,
    streams: node.streams,
    key,
    hash: hash32(key),
    claim,
    verified: -1,
    notificationAddress: false,
    heldAs: undefined,
    failCount: 0,
    changedAt: at,
    seenAt: -1,
    roundTrip: -1,
    // The death of a node that was never here is worth remembering, not showing.
    buried: !isLivingClaim(claim),
  };
}

function withClaim(record: NodeRecord, claim: Claim, at: number): NodeRecord {
  if (claim.incarnation === record.claim.incarnation && claim.state === record.claim.state) return record;
  return { ...record, claim, changedAt: at, buried: record.buried && !isLivingClaim(claim) };
}

/** What is not known about a node never replaces what is. */
function withIdentity(record: NodeRecord, node: NodeIdentity): NodeRecord {
  if (node.kind === 'unknown') return record;
  const { kind, instance, software, streams } = node;
  const same = record.kind === kind && record.instance === instance && record.software === software;
  return same && sameItems(record.streams, streams) ? record : { ...record, kind, instance, software, streams };
}

function sameItems(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}
