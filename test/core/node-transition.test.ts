import { describe, expect, it } from 'vitest';
import type { ClaimState } from '../../src/core/node-claim.ts';
import type { NodeRecord } from '../../src/core/node-record.ts';
import { type NodeTransition, transitionOf } from '../../src/core/node-transition.ts';
import { activeRecord } from './records.ts';

const active = activeRecord('10.0.0.2');
const as = (state: ClaimState, changes: Partial<NodeRecord> = {}): NodeRecord => ({
  ...active,
  claim: { incarnation: 1, state },
  ...changes,
});
const hearsay = as('alive', { verified: -1 });
const nobody = undefined;

const rows: readonly [string, NodeRecord | undefined, NodeRecord | undefined, NodeTransition | undefined][] = [
  ['a node answers for the first time', nobody, active, 'joined'],
  ['hearsay is confirmed', hearsay, active, 'joined'],
  ['a node is heard of', nobody, hearsay, undefined],
  ['another process at the same address', active, as('alive', { instance: 'other' }), 'joined'],
  ['an instance becomes known', as('alive', { instance: '' }), active, undefined],
  ['a sign of life', active, as('alive', { seenAt: 5 }), undefined],
  ['probes go unanswered', active, as('suspect'), 'suspected'],
  ['the suspicion was wrong', as('suspect'), active, 'recovered'],
  ['the suspicion was right', as('suspect'), as('dead'), 'died'],
  ['a goodbye', active, as('left'), 'left'],
  ['a goodbye while suspected', as('suspect'), as('left'), 'left'],
  ['a new life that nobody has heard yet', active, as('alive', { verified: 0 }), 'died'],
  ['the dead are buried', as('dead'), as('dead', { buried: true }), 'removed'],
  ['the buried are forgotten', as('dead', { buried: true }), nobody, undefined],
  ['a living node is dropped', active, nobody, 'removed'],
  ['the dead come back', as('dead'), active, 'joined'],
  ['nothing', nobody, nobody, undefined],
];

describe('what is said of a change', () => {
  it.each(rows)('%s', (_what, before, after, transition) => {
    expect(transitionOf(before, after)).toBe(transition);
  });
});
