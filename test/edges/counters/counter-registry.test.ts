import { describe, expect, it } from 'vitest';
import { CounterRegistry } from '../../../src/edges/counters/counter-registry.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';

describe('CounterRegistry', () => {
  it('adds up by name and reason', () => {
    const counters = new CounterRegistry();
    counters.add('sent');
    counters.add('dropped', 'too_large', 3);
    counters.add('dropped', 'overflow');
    counters.add('dropped', 'too_large');
    expect(counters.snapshot()).toEqual([
      { name: 'dropped', reason: 'overflow', value: 1 },
      { name: 'dropped', reason: 'too_large', value: 4 },
      { name: 'sent', reason: undefined, value: 1 },
    ]);
  });

  it('gives a snapshot that does not change afterwards', () => {
    const counters = new CounterRegistry();
    counters.add('sent');
    const before = counters.snapshot();
    counters.add('sent');
    expect(before).toEqual([{ name: 'sent', reason: undefined, value: 1 }]);
  });

  it('counts as the fake of the tests does', () => {
    const real = new CounterRegistry();
    const fake = new MemoryCounters();
    for (const counters of [real, fake]) {
      counters.add('a');
      counters.add('a', 'x', 2);
      counters.add('ab', 'x');
    }
    const keyed = real.snapshot().map(({ name, reason, value }) => [reason ? `${name}{${reason}}` : name, value]);
    expect(Object.fromEntries(keyed)).toEqual(fake.all());
    expect(fake.total('a')).toBe(3);
  });
});
