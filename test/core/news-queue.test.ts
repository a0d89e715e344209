import { describe, expect, it } from 'vitest';
import type { Fact } from '../../src/core/gossip-message.ts';
import { NewsQueue } from '../../src/core/news-queue.ts';
import type { ClaimState } from '../../src/core/node-claim.ts';
import { identityOf } from './records.ts';

const fact = (host: string, incarnation = 1, state: ClaimState = 'alive'): Fact => ({
  node: identityOf(host),
  claim: { incarnation, state },
});
const hosts = (facts: readonly Fact[]): string[] => facts.map(({ node }) => node.uri.host);

describe('news', () => {
  it('are passed on as often as asked for, then forgotten', () => {
    const queue = new NewsQueue();
    queue.add(fact('10.0.0.2'), 2);
    expect(hosts(queue.take(5))).toEqual(['10.0.0.2']);
    expect(hosts(queue.take(5))).toEqual(['10.0.0.2']);
    expect(queue.take(5)).toEqual([]);
    expect(queue.size).toBe(0);
  });

  it('that were told least go first', () => {
    const queue = new NewsQueue();
    queue.add(fact('10.0.0.2'), 3);
    queue.take(1);
    queue.add(fact('10.0.0.3'), 3);
    expect(hosts(queue.take(1))).toEqual(['10.0.0.3']);
    expect(hosts(queue.take(2)).sort()).toEqual(['10.0.0.2', '10.0.0.3']);
  });

  it('about a node take the place of older ones and start anew', () => {
    const queue = new NewsQueue();
    queue.add(fact('10.0.0.2', 1, 'alive'), 1);
    queue.add(fact('10.0.0.2', 1, 'dead'), 2);
    expect(queue.size).toBe(1);
    expect(queue.take(5)).toEqual([fact('10.0.0.2', 1, 'dead')]);
    expect(queue.size).toBe(1);
  });

  it('that are weaker than what is held are not taken', () => {
    const queue = new NewsQueue();
    queue.add(fact('10.0.0.2', 2, 'alive'), 2);
    queue.add(fact('10.0.0.2', 1, 'left'), 2);
    expect(queue.take(1)).toEqual([fact('10.0.0.2', 2, 'alive')]);
  });

  it('beyond 2,000 nodes push out what was told most', () => {
    const queue = new NewsQueue();
    const host = (index: number): string => `10.1.${index >> 8}.${index & 255}`;
    for (let index = 0; index < 2_000; index++) queue.add(fact(host(index)), index === 77 ? 1 : 5);
    queue.add(fact(host(2_000)), 5);
    expect(queue.size).toBe(2_000);
    const told = hosts(queue.take(2_000));
    expect(told).toContain(host(2_000));
    expect(told).not.toContain(host(77));
  });
});
