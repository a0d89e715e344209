import type { Claim, ClaimState } from './node-claim.ts';
import type { NodeIdentity, NodeKind } from './node-record.ts';
import { formatNodeUri, type NodeUri, parseNodeUri, type TransportName } from './node-uri.ts';
import type { NotificationLine } from './notification.ts';

/** The channel that our own nodes use among themselves. No Kamailio ever gets a message on it. */
export const gossipChannel = 'kdmq';
export const gossipContentType = 'application/vnd.kdmq+json';

/** A node and what is claimed of it: the unit of gossip. */
export interface Fact {
  readonly node: NodeIdentity;
  readonly claim: Claim;
}

/** What the sender holds about the receiver, so that a wrong belief is contradicted at once. */
export interface HeldBelief {
  readonly instance: string;
  readonly claim: Claim;
}

export type GossipKind =
  | 'probe' /* are you there, and do we hold the same list */
  | 'sync' /* here is my list, give me yours */
  | 'news' /* claims that just changed */
  | 'ask' /* please probe that node for me */
  | 'list'; /* whom do you hold, and as what */

/** A request on the gossip channel. */
export interface GossipRequest {
  readonly kind: GossipKind;
  readonly me: Fact;
  readonly you?: HeldBelief;
  readonly digest?: string;
  /** `probe`, `news`: what changed lately. `sync`: the whole list. */
  readonly facts: readonly Fact[];
  /** `ask` only. */
  readonly target?: { readonly uri: NodeUri; readonly kind: NodeKind };
}

/** The body of the 200 to it. */
export interface GossipReply {
  readonly me: Fact;
  /** Set when what the answering node holds about the asking one is not what that one says of itself. */
  readonly you?: HeldBelief;
  readonly digest: string;
  readonly facts: readonly Fact[];
  /** `ask` only: whether the target answered. */
  readonly answered?: boolean;
  /** `list` only: itself, and all whom it lists, in Kamailio's words. */
  readonly list?: readonly NotificationLine[];
}

/** Format version. A reader skips fields and facts that it does not know, so that old and new nodes share a bus. */
const version = 1;
const maxFacts = 5_000;

const kinds = { kdmq: 'o', kamailio: 'k', other: 'x', unknown: 'u' } as const satisfies Record<NodeKind, string>;
const states = { alive: 'a', suspect: 's', dead: 'd', left: 'l' } as const satisfies Record<ClaimState, string>;
const kindOf = new Map(Object.entries(kinds).map(([kind, letter]) => [letter as string, kind as NodeKind]));
const stateOf = new Map(Object.entries(states).map(([state, letter]) => [letter as string, state as ClaimState]));
const gossipKinds: ReadonlySet<string> = new Set<GossipKind>(['probe', 'sync', 'news', 'ask', 'list']);

export function writeGossipRequest(request: GossipRequest): string {
  return JSON.stringify({
    v: version,
    t: request.kind,
    me: packFact(request.me),
    you: request.you && [request.you.instance, ...packClaim(request.you.claim)],
    digest: request.digest,
    facts: request.facts.length > 0 ? request.facts.map(packFact) : undefined,
    target: request.target && [formatNodeUri(request.target.uri), kinds[request.target.kind]],
  });
}

export function writeGossipReply(reply: GossipReply): string {
  return JSON.stringify({
    v: version,
    me: packFact(reply.me),
    you: reply.you && [reply.you.instance, ...packClaim(reply.you.claim)],
    digest: reply.digest,
    facts: reply.facts.length > 0 ? reply.facts.map(packFact) : undefined,
    answered: reply.answered,
    list: reply.list?.map(({ uri, status }) => [formatNodeUri(uri), status]),
  });
}

/** Undefined when it is not a request that can be understood. Facts that can't be read are skipped. Never throws. */
export function readGossipRequest(text: string): GossipRequest | undefined {
  const body = parseObject(text);
  const me = unpackFact(body?.me);
  if (body === undefined || me === undefined || typeof body.t !== 'string' || !gossipKinds.has(body.t))
    return undefined;
  const you = unpackBelief(body.you);
  const target = unpackTarget(body.target);
  return {
    kind: body.t as GossipKind,
    me,
    ...(you && { you }),
    ...(typeof body.digest === 'string' && { digest: body.digest }),
    facts: unpackFacts(body.facts),
    ...(target && { target }),
  };
}

/** Undefined when it is not a reply that can be understood. Never throws. */
export function readGossipReply(text: string): GossipReply | undefined {
  const body = parseObject(text);
  const me = unpackFact(body?.me);
  if (body === undefined || me === undefined) return undefined;
  const you = unpackBelief(body.you);
  return {
    me,
    ...(you && { you }),
    digest: typeof body.digest === 'string' ? body.digest : '',
    facts: unpackFacts(body.facts),
    ...(typeof body.answered === 'boolean' && { answered: body.answered }),
    ...(Array.isArray(body.list) && { list: unpackList(body.list) }),
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function packClaim(claim: Claim): [number, string] {
  return [claim.incarnation, states[claim.state]];
}

function packFact({ node, claim }: Fact): unknown[] {
  const packed: unknown[] = [formatNodeUri(node.uri), kinds[node.kind], ...packClaim(claim), node.instance];
  if (node.software !== '' || node.streams.length > 0) packed.push(node.software, node.streams.join());
  return packed;
}

function unpackClaim(incarnation: unknown, letter: unknown): Claim | undefined {
  const state = stateOf.get(letter as string);
  const valid = Number.isSafeInteger(incarnation) && (incarnation as number) >= 0;
  return state !== undefined && valid ? { incarnation: incarnation as number, state } : undefined;
}

function unpackFact(packed: unknown): Fact | undefined {
  if (!Array.isArray(packed)) return undefined;
  const [address, kindLetter, incarnation, letter, instance, software, streams] = packed as unknown[];
  const uri = typeof address === 'string' ? parseNodeUri(address) : undefined;
  const kind = kindOf.get(kindLetter as string);
  const claim = unpackClaim(incarnation, letter);
  if (uri === undefined || kind === undefined || claim === undefined || !isShortText(instance)) return undefined;
  const node = { uri, kind, instance, software: isShortText(software) ? software : '', streams: readStreams(streams) };
  return { node, claim };
}

function unpackFacts(packed: unknown): Fact[] {
  if (!Array.isArray(packed)) return [];
  return packed
    .slice(0, maxFacts)
    .map(unpackFact)
    .filter((fact) => fact !== undefined);
}

const statuses: ReadonlySet<unknown> = new Set<NotificationLine['status']>(['active', 'not_active', 'disabled']);

/** Lines that can't be read are skipped. */
function unpackList(packed: readonly unknown[]): NotificationLine[] {
  return packed.slice(0, maxFacts).flatMap((line) => {
    const [address, status] = Array.isArray(line) ? (line as unknown[]) : [];
    const uri = typeof address === 'string' ? parseNodeUri(address) : undefined;
    return uri !== undefined && statuses.has(status) ? [{ uri, status: status as NotificationLine['status'] }] : [];
  });
}

function unpackBelief(packed: unknown): HeldBelief | undefined {
  if (!Array.isArray(packed)) return undefined;
  const [instance, incarnation, letter] = packed as unknown[];
  const claim = unpackClaim(incarnation, letter);
  return claim !== undefined && isShortText(instance) ? { instance, claim } : undefined;
}

function unpackTarget(packed: unknown): GossipRequest['target'] {
  if (!Array.isArray(packed)) return undefined;
  const [address, letter] = packed as unknown[];
  const uri = typeof address === 'string' ? parseNodeUri(address) : undefined;
  const kind = kindOf.get(letter as string);
  return uri !== undefined && kind !== undefined ? { uri, kind } : undefined;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 128;
}

function readStreams(value: unknown): TransportName[] {
  if (typeof value !== 'string') return [];
  return value.split(',').filter((name): name is TransportName => name === 'tcp' || name === 'tls');
}
