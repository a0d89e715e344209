import { ClusterError } from '../../src/core/kubernetes/cluster-error.ts';
import type { TokenOwner, TokenReviews } from '../../src/ports/token-reviews.ts';

/** Knows the tokens that a test gave out. */
export class MemoryTokenReviews implements TokenReviews {
  readonly #tokens = new Map<string, { readonly audience: string; readonly owner: TokenOwner }>();
  /** Every token that was asked about. */
  readonly asked: string[] = [];
  /** Rejects all reviews while it is set. */
  away: ClusterError | undefined;
  /** Reviews that wait for `release`; undefined: none does. */
  #held: Promise<void> | undefined;

  give(token: string, audience: string, owner: TokenOwner): void {
    this.#tokens.set(token, { audience, owner });
  }

  revoke(token: string): void {
    this.#tokens.delete(token);
  }

  /** Answers nothing until the function that it returns is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  async review(token: string, audience: string): Promise<TokenOwner | undefined> {
    this.asked.push(token);
    await this.#held;
    if (this.away !== undefined) throw this.away;
    const known = this.#tokens.get(token);
    return known?.audience === audience ? known.owner : undefined;
  }

  /** As an API server that does not answer. */
  leave(): void {
    this.away = new ClusterError('UNREACHABLE', 'tokenreviews: no connection');
  }

  /** As an API server where nobody gave the node the right. */
  forbid(): void {
    this.away = new ClusterError('FORBIDDEN', 'tokenreviews: 403');
  }
}
