import { describe, expect, it } from 'vitest';
import { type EvidenceKind, weighEvidence } from '../../src/core/evidence.ts';
import type { Claim, ClaimState } from '../../src/core/node-claim.ts';

type Outcome = `${ClaimState}${'' | ' again'}` | 'kept' | 'nothing';

/** Who believes whom. A row per evidence: what it makes of a node in each state. `again` = as a new life. */
const table: Record<EvidenceKind, Record<ClaimState | 'unheard', Outcome>> = {
  goodbye: { unheard: 'left', alive: 'left', suspect: 'left', dead: 'left', left: 'kept' },
  deleted: { unheard: 'left', alive: 'left', suspect: 'left', dead: 'left', left: 'kept' },
  announced: { unheard: 'alive', alive: 'kept', suspect: 'alive again', dead: 'alive again', left: 'alive again' },
  answered: { unheard: 'alive', alive: 'kept', suspect: 'alive again', dead: 'alive again', left: 'kept' },
  silent: { unheard: 'dead', alive: 'dead', suspect: 'dead', dead: 'kept', left: 'kept' },
  unanswered: { unheard: 'suspect', alive: 'suspect', suspect: 'kept', dead: 'kept', left: 'kept' },
  ready: { unheard: 'nothing', alive: 'kept', suspect: 'kept', dead: 'kept', left: 'kept' },
  resolved: { unheard: 'nothing', alive: 'kept', suspect: 'kept', dead: 'kept', left: 'kept' },
  unresolved: { unheard: 'nothing', alive: 'kept', suspect: 'kept', dead: 'kept', left: 'kept' },
};

const cells = Object.entries(table).flatMap(([kind, row]) =>
  Object.entries(row).map(([state, outcome]) => ({
    kind: kind as EvidenceKind,
    state: state as ClaimState | 'unheard',
    outcome,
  })),
);

describe('evidence about a node that has no incarnation of its own (a Kamailio)', () => {
  it.each(cells)('$kind of a node that is $state: $outcome', ({ kind, state, outcome }) => {
    const held: Claim | undefined = state === 'unheard' ? undefined : { incarnation: 4, state };
    const claim = weighEvidence(held, kind);
    if (outcome === 'nothing') expect(claim).toBeUndefined();
    else if (outcome === 'kept') expect(claim).toBe(held);
    else {
      const [founded, again] = outcome.split(' ') as [ClaimState, string?];
      const incarnation = held === undefined ? 0 : again === undefined ? 4 : 5;
      expect(claim).toEqual({ incarnation, state: founded });
    }
  });
});

describe('evidence about a named life of one of our nodes', () => {
  it.each([
    ['an answer does not end a suspicion of the same life: only the node itself does, by a new number', 4, 'suspect'],
    ['an answer of the life that said goodbye is a late one', 4, 'left'],
    ['an answer of an earlier life is a late one', 5, 'alive'],
  ] as const)('%s', (_what, incarnation, state) => {
    const held: Claim = { incarnation, state };
    expect(weighEvidence(held, 'answered', 4)).toBe(held);
  });

  it('a goodbye holds until a new incarnation', () => {
    const gone = weighEvidence({ incarnation: 4, state: 'alive' }, 'goodbye', 4);
    expect(gone).toEqual({ incarnation: 4, state: 'left' });
    expect(weighEvidence(gone, 'announced', 4)).toBe(gone);
    expect(weighEvidence(gone, 'answered', 5)).toEqual({ incarnation: 5, state: 'alive' });
  });

  it('a late goodbye of an earlier life does not touch the present one', () => {
    const held: Claim = { incarnation: 5, state: 'alive' };
    expect(weighEvidence(held, 'goodbye', 4)).toBe(held);
  });

  it('what founds no claim founds none with an incarnation either', () => {
    expect(weighEvidence(undefined, 'ready', 5)).toBeUndefined();
  });
});
