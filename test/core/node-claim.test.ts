import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, type ClaimState, isLivingClaim, outweighs, strongerClaim } from '../../src/core/node-claim.ts';

const states: readonly ClaimState[] = ['alive', 'suspect', 'dead', 'left'];
const anyClaim: fc.Arbitrary<Claim> = fc.record({ incarnation: fc.nat(3), state: fc.constantFrom(...states) });

describe('of two claims about a node', () => {
  it.each([
    ['suspect', 'alive'],
    ['dead', 'suspect'],
    ['left', 'dead'],
  ] as const)('%s outweighs %s within one life', (worse, better) => {
    expect(outweighs({ incarnation: 7, state: worse }, { incarnation: 7, state: better })).toBe(true);
    expect(outweighs({ incarnation: 7, state: better }, { incarnation: 7, state: worse })).toBe(false);
  });

  it('the one about a later life outweighs any about an earlier one', () => {
    for (const state of states) {
      for (const earlier of states) {
        expect(outweighs({ incarnation: 8, state }, { incarnation: 7, state: earlier })).toBe(true);
        expect(outweighs({ incarnation: 7, state: earlier }, { incarnation: 8, state })).toBe(false);
      }
    }
  });

  it('neither outweighs itself', () => {
    fc.assert(fc.property(anyClaim, (claim) => !outweighs(claim, { ...claim })));
  });
});

describe('the stronger claim', () => {
  it('is the same from whichever side one asks', () => {
    fc.assert(
      fc.property(anyClaim, anyClaim, (a, b) => {
        expect(strongerClaim(a, b)).toEqual(strongerClaim(b, a));
      }),
    );
  });

  it('is the same in whatever groups the claims are heard', () => {
    const grouped = fc.property(anyClaim, anyClaim, anyClaim, (a, b, c) => {
      expect(strongerClaim(strongerClaim(a, b), c)).toEqual(strongerClaim(a, strongerClaim(b, c)));
    });
    fc.assert(grouped);
  });

  it('is the held one itself when nothing new was said, so that identity tells whether it changed', () => {
    fc.assert(fc.property(anyClaim, (claim) => strongerClaim(claim, { ...claim }) === claim));
  });
});

describe('a claim of life', () => {
  it.each([
    ['alive', true],
    ['suspect', true],
    ['dead', false],
    ['left', false],
  ] as const)('%s: %s', (state, living) => {
    expect(isLivingClaim({ incarnation: 1, state })).toBe(living);
  });
});
