import { describe, expect, it } from 'vitest';
import { LocalNode } from '../../src/bus/local-node.ts';
import type { ClaimState } from '../../src/core/node-claim.ts';
import { uriOf } from '../core/records.ts';

const newLocal = () =>
  new LocalNode({ uri: uriOf('10.0.0.1'), incarnation: 100, instance: 'me', software: 'kdmq/1', streams: ['tcp'] });

describe('what others hold about this node', () => {
  it.each<[string, string, number, ClaimState, number]>([
    ['is right', 'me', 100, 'alive', 100],
    ['is old', 'me', 99, 'dead', 100],
    ['is a suspicion: contradicted', 'me', 100, 'suspect', 101],
    ['is its death: contradicted', 'me', 100, 'dead', 101],
    ['is its goodbye: contradicted', 'me', 100, 'left', 101],
    ['is another life in the same moment: contradicted', 'other', 100, 'alive', 101],
    ['is a life with a later clock: topped', 'other', 5_000, 'alive', 5_001],
    ['is a contradiction of its own that it forgot: topped', 'me', 101, 'alive', 102],
  ])('%s', (_what, instance, incarnation, state, expected) => {
    const local = newLocal();
    expect(local.contradict({ instance, claim: { incarnation, state } })).toBe(expected !== 100);
    expect(local.incarnation).toBe(expected);
  });

  it('is not contradicted any more once it leaves', () => {
    const local = newLocal();
    local.leave();
    expect(local.contradict({ instance: 'me', claim: { incarnation: 100, state: 'dead' } })).toBe(false);
    expect(local.fact().claim).toEqual({ incarnation: 100, state: 'left' });
  });
});

it('what the node says of itself', () => {
  expect(newLocal().fact()).toEqual({
    node: { uri: uriOf('10.0.0.1'), kind: 'kdmq', instance: 'me', software: 'kdmq/1', streams: ['tcp'] },
    claim: { incarnation: 100, state: 'alive' },
  });
});
