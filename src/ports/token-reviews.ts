/** Who has a token, as the Kubernetes API knows it. */
export interface TokenOwner {
  /** `system:serviceaccount:voice:operator`, `alice@example.org` */
  readonly user: string;
  /** `system:serviceaccounts:voice`, … */
  readonly groups: readonly string[];
}

/** Asks the Kubernetes API about tokens of others. */
export interface TokenReviews {
  /**
   * Who has a token that was made for this audience; undefined when nobody has: it is wrong, over, revoked, or made for another audience. Rejects
   * with a ClusterError, within seconds, when that is not to be had: then nothing is known of the token.
   */
  review(token: string, audience: string): Promise<TokenOwner | undefined>;
}
