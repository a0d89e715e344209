import type { HttpRole } from '../../../core/http/http-role.ts';
import { type NamedOwners, tokenOwnerRole } from '../../../core/http/token-owner-role.ts';
import type { Counters, Log } from '../../../ports/telemetry.ts';
import type { TokenReviews } from '../../../ports/token-reviews.ts';
import { reviewUnavailable } from './access-problem.ts';

export interface ReviewedTokensParts {
  readonly reviews: TokenReviews;
  readonly audience: string;
  readonly named: NamedOwners;
  readonly now: () => number;
  readonly log: Log;
  readonly counters: Counters;
}

/** What a review said: a role, that its owner has none, or that nobody owns it. */
type Verdict = HttpRole | 'unnamed' | 'wrong';

/** How long a verdict holds: a token that is revoked opens nothing after this time. */
const freshMs = 10_000;
/** Verdicts that are kept; of refused tokens apart, so that whoever sends wrong ones pushes nobody out. */
const mostKept = 1_000;
/** Reviews at the same time. One takes some milliseconds. */
const mostReviews = 16;
const sayAgainMs = 60_000;

/** Roles of tokens that only the Kubernetes API knows. Tokens are kept as hashes, briefly; what can't be reviewed opens nothing. */
export class ReviewedTokens {
  readonly #parts: ReviewedTokensParts;
  readonly #good = new Map<string, { readonly verdict: Verdict; readonly until: number }>();
  readonly #wrong = new Map<string, { readonly verdict: Verdict; readonly until: number }>();
  readonly #underWay = new Map<string, Promise<Verdict>>();
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ReviewedTokensParts) {
    this.#parts = parts;
  }

  /** What tokens have to be made for. */
  get audience(): string {
    return this.#parts.audience;
  }

  /**
   * What a token is worth.
   * @param digest of the token, SHA-256 in hex.
   * @param mayAsk false: a token that was not reviewed lately counts as wrong.
   * @throws HttpProblem 503 when the API can't be asked.
   */
  async roleOf(token: string, digest: string, mayAsk: boolean): Promise<Verdict> {
    const now = this.#parts.now();
    const known = this.#good.get(digest) ?? this.#wrong.get(digest);
    if (known !== undefined && now < known.until) return known.verdict;
    if (!mayAsk) return 'wrong';
    const other = this.#underWay.get(digest);
    if (other !== undefined) return other;
    if (this.#underWay.size >= mostReviews) {
      this.#parts.counters.add('http_token_reviews', 'full');
      throw reviewUnavailable(1);
    }
    const review = this.#review(token, digest).finally(() => this.#underWay.delete(digest));
    this.#underWay.set(digest, review);
    return review;
  }

  async #review(token: string, digest: string): Promise<Verdict> {
    const { reviews, audience, named, now, log, counters } = this.#parts;
    let verdict: Verdict = 'wrong';
    try {
      const owner = await reviews.review(token, audience);
      if (owner !== undefined) verdict = tokenOwnerRole(owner, named) ?? 'unnamed';
    } catch (cause) {
      counters.add('http_token_reviews', 'unavailable');
      if (now() - this.#saidAt >= sayAgainMs) {
        this.#saidAt = now();
        log.warn('http: the Kubernetes API can not be asked whose a token is', { error: String(cause) });
      }
      throw reviewUnavailable(5);
    }
    counters.add('http_token_reviews', verdict === 'wrong' ? 'wrong' : verdict === 'unnamed' ? 'unnamed' : 'known');
    this.#keep(digest, verdict);
    return verdict;
  }

  #keep(digest: string, verdict: Verdict): void {
    this.#good.delete(digest);
    this.#wrong.delete(digest);
    const verdicts = verdict === 'read' || verdict === 'write' ? this.#good : this.#wrong;
    verdicts.set(digest, { verdict, until: this.#parts.now() + freshMs });
    const [oldest] = verdicts.keys();
    if (verdicts.size > mostKept && oldest !== undefined) verdicts.delete(oldest);
  }
}
