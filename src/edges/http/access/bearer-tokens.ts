import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpRole } from '../../../core/http/http-role.ts';
import type { Log } from '../../../ports/telemetry.ts';
import type { ReviewedTokens } from './reviewed-tokens.ts';
import { TokenFile } from './token-file.ts';

/** Where the tokens of a role come from. */
export interface TokenSource {
  readonly role: HttpRole;
  readonly token: string | undefined;
  /** The setting that names the file, and its path. */
  readonly file: { readonly setting: string; readonly path: string } | undefined;
}

interface KnownTokens {
  readonly role: HttpRole;
  readonly fixed: readonly string[];
  readonly file: TokenFile | undefined;
}

export interface BearerTokensParts {
  readonly now: () => number;
  readonly log: Log;
  /** Who knows of tokens that no source has; undefined: nobody. */
  readonly reviewed?: ReviewedTokens | undefined;
}

/** Knows the roles of bearer tokens (RFC 6750). */
export class BearerTokens {
  readonly #known: readonly KnownTokens[];
  readonly #reviewed: ReviewedTokens | undefined;

  constructor(sources: readonly TokenSource[], { now, log, reviewed }: BearerTokensParts) {
    this.#reviewed = reviewed;
    this.#known = sources.map(({ role, token, file }) => ({
      role,
      fixed: token === undefined ? [] : [token],
      file: file && new TokenFile({ ...file, now, log }),
    }));
  }

  /** The audience for which tokens of Kubernetes are taken; undefined where none are. */
  get audience(): string | undefined {
    return this.#reviewed?.audience;
  }

  /** Reads the files. Rejects with a TokenFileError. */
  async open(): Promise<void> {
    for (const { file } of this.#known) await file?.open();
  }

  /**
   * The role of an Authorization header: undefined without a bearer token, `wrong` for one that is not known, `unnamed` for one whose owner has none.
   * @param mayReview whether others may be asked about a token that is not known here.
   * @throws HttpProblem 503 when they can't be asked.
   */
  async roleOf(
    authorization: string | undefined,
    mayReview: boolean,
  ): Promise<HttpRole | 'wrong' | 'unnamed' | undefined> {
    if (authorization === undefined) return undefined;
    const presented = /^Bearer +([^ ]+) *$/i.exec(authorization)?.[1];
    if (presented === undefined) return 'wrong';
    const digest = digestOf(presented);
    let role: HttpRole | 'wrong' = 'wrong';
    for (const { role: given, fixed, file } of this.#known) {
      for (const token of [...fixed, ...((await file?.tokens()) ?? [])]) {
        if (timingSafeEqual(digestOf(token), digest) && role !== 'write') role = given;
      }
    }
    if (role !== 'wrong' || this.#reviewed === undefined) return role;
    return this.#reviewed.roleOf(presented, digest.toString('hex'), mayReview);
  }
}

/** Digests have one length, and how long a comparison takes says nothing of the token. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
