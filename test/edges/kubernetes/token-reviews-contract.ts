import { afterAll, describe, expect, it } from 'vitest';
import type { TokenReviews } from '../../../src/ports/token-reviews.ts';

/** Something that reviews tokens, with what a test does to it. */
export interface ReviewedWorld {
  readonly reviews: TokenReviews;
  /** The service account whose tokens are given out. */
  readonly account: { readonly namespace: string; readonly name: string };
  /** A token of that account for an audience. */
  giveToken(audience: string): Promise<string>;
  /** The node has no right to review, from now on. */
  forbid(): Promise<void>;
  /** Takes away what was made for the test. */
  readonly end?: () => Promise<void>;
}

/** One whose API a test may take away. */
export interface OwnWorld extends ReviewedWorld {
  /** The API answers nobody any more. */
  leave(): Promise<void>;
}

/** What all that review tokens keep to: the API server itself, and what stands for it. Tests go from what works to what is broken. */
export function describeTokenReviews(name: string, makeWorld: () => Promise<ReviewedWorld>): void {
  describe(`token reviews: ${name}`, () => {
    let made: Promise<ReviewedWorld> | undefined;
    const world = (): Promise<ReviewedWorld> => {
      made ??= makeWorld();
      return made;
    };

    afterAll(async () => (await made)?.end?.());

    it('say whose a token is, and of which groups', async () => {
      const { reviews, account, giveToken } = await world();
      const owner = await reviews.review(await giveToken('kdmq'), 'kdmq');
      expect(owner?.user).toBe(`system:serviceaccount:${account.namespace}:${account.name}`);
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, 'system:authenticated'];
      expect(owner?.groups).toEqual(expect.arrayContaining(groups));
    });

    it('know nobody for a token that was made for another audience', async () => {
      const { reviews, giveToken } = await world();
      expect(await reviews.review(await giveToken('somebody-else'), 'kdmq')).toBeUndefined();
    });

    it.each(['no-token-of-anybody', 'a.b.c', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'])(
      'know nobody for %s',
      async (token) => expect(await (await world()).reviews.review(token, 'kdmq')).toBeUndefined(),
    );

    it('know nobody for a token that was changed', async () => {
      const { reviews, giveToken } = await world();
      const token = await giveToken('kdmq');
      const changed = `${token.slice(0, -6)}${token.slice(-6) === 'AAAAAA' ? 'BBBBBB' : 'AAAAAA'}`;
      expect(await reviews.review(changed, 'kdmq')).toBeUndefined();
    });

    it('fail where the right is missing, and never take that for an answer', async () => {
      const { reviews, giveToken, forbid } = await world();
      const token = await giveToken('kdmq');
      await forbid();
      await expect(reviews.review(token, 'kdmq')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });
}

/** The same, and what happens while the API is away. */
export function describeOwnTokenReviews(name: string, makeWorld: () => Promise<OwnWorld>): void {
  describeTokenReviews(name, makeWorld);

  it(`token reviews: ${name} fail while the API does not answer`, async () => {
    const { reviews, giveToken, leave, end } = await makeWorld();
    const token = await giveToken('kdmq');
    await leave();
    await expect(reviews.review(token, 'kdmq')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    await end?.();
  });
}
