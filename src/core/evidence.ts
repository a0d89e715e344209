import { type Claim, type ClaimState, outweighs } from './node-claim.ts';

/** What a node can learn about another one, from best founded to least. */
export type EvidenceKind =
  | 'goodbye' /* the node itself said that it stops */
  | 'deleted' /* Kubernetes proves that the pod is gone */
  | 'announced' /* the node itself spoke up with a list that holds it as active */
  | 'answered' /* it answered a probe of ours */
  | 'silent' /* its suspicion was not contradicted in time, or its host refuses connections */
  | 'unanswered' /* a probe and its second opinions went unanswered */
  | 'ready' /* Kubernetes says that the pod is ready */
  | 'resolved' /* its address stands in DNS */
  | 'unresolved'; /* its address has gone from DNS */

interface Rule {
  /** The state that this evidence founds; undefined: it founds none, it is at most a reason to look. */
  readonly founds: ClaimState | undefined;
  /** The states that it changes, within an incarnation. */
  readonly overrides: readonly ClaimState[];
}

/**
 * Who believes whom: the one table. Goodbye and proven deletion beat probes; failed probes beat "ready"; missing from DNS
 * proves nothing; a goodbye holds until a new incarnation, which for a node without one (Kamailio) is its own word only.
 */
const rules = {
  goodbye: { founds: 'left', overrides: ['alive', 'suspect', 'dead'] },
  deleted: { founds: 'left', overrides: ['alive', 'suspect', 'dead'] },
  announced: { founds: 'alive', overrides: ['suspect', 'dead', 'left'] },
  answered: { founds: 'alive', overrides: ['suspect', 'dead'] },
  silent: { founds: 'dead', overrides: ['alive', 'suspect'] },
  unanswered: { founds: 'suspect', overrides: ['alive'] },
  ready: { founds: undefined, overrides: [] },
  resolved: { founds: undefined, overrides: [] },
  unresolved: { founds: undefined, overrides: [] },
} as const satisfies Record<EvidenceKind, Rule>;

/**
 * The claim that the evidence leads to, or `held` itself where it changes nothing. A node never heard of starts with
 * incarnation 0 unless `incarnation` says which life the evidence is about: then that number decides, as between our own nodes.
 */
export function weighEvidence(held: Claim | undefined, kind: EvidenceKind, incarnation?: number): Claim | undefined {
  const rule: Rule = rules[kind];
  if (rule.founds === undefined) return held;
  if (incarnation !== undefined) {
    const claim = { incarnation, state: rule.founds };
    return held === undefined || outweighs(claim, held) ? claim : held;
  }
  if (held === undefined) return { incarnation: 0, state: rule.founds };
  if (!rule.overrides.includes(held.state)) return held;
  const newLife = rule.founds === 'alive';
  return { incarnation: newLife ? held.incarnation + 1 : held.incarnation, state: rule.founds };
}
