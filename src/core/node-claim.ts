/** What can be said of one life of a node. */
export type ClaimState = 'alive' | 'suspect' | 'dead' | 'left';

/**
 * A statement about a node that can be passed on. `incarnation` counts the node's lives and grows: our own nodes choose it
 * themselves (milliseconds since 1970 at start, raised to contradict a wrong claim); for a Kamailio, which has none, whoever
 * sees it come back adds one.
 */
export interface Claim {
  readonly incarnation: number;
  readonly state: ClaimState;
}

/** Within one incarnation the worse news wins; only a new incarnation takes it back. */
const weight = { alive: 0, suspect: 1, dead: 2, left: 3 } as const satisfies Record<ClaimState, number>;

/** Whether `claim` says more than `held`. */
export function outweighs(claim: Claim, held: Claim): boolean {
  if (claim.incarnation !== held.incarnation) return claim.incarnation > held.incarnation;
  return weight[claim.state] > weight[held.state];
}

/**
 * The claim that stands when both have been heard. Commutative, associative and idempotent, so that all nodes that have heard
 * the same claims hold the same one, in whatever order they came.
 */
export function strongerClaim(one: Claim, other: Claim): Claim {
  return outweighs(other, one) ? other : one;
}

/** Whether the claim is that the node lives: suspicion alone does not end it. */
export function isLivingClaim(claim: Claim): boolean {
  return claim.state === 'alive' || claim.state === 'suspect';
}
