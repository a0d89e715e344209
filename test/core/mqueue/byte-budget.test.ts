import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../../../src/core/mqueue/byte-budget.ts';

describe('the byte budget', () => {
  it('gives up to its limit, and what is given back again', () => {
    const budget = new ByteBudget(10);
    expect([budget.take(7), budget.take(4), budget.take(3)]).toEqual([true, false, true]);
    expect(budget.used).toBe(10);
    budget.give(7);
    expect(budget.take(7)).toBe(true);
  });

  it('gives nothing while more is used than a new limit allows', () => {
    const budget = new ByteBudget(10);
    budget.take(10);
    budget.setLimit(5);
    expect([budget.limit, budget.used, budget.take(1)]).toEqual([5, 10, false]);
    budget.give(6);
    expect(budget.take(1)).toBe(true);
  });
});
