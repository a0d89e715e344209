import { describe, expect, it } from 'vitest';
import { ListReader } from '../../../src/edges/redis/list-reader.ts';

/** A list of records of so many bytes each, and what was asked of it. */
function listOf(sizes: readonly number[]) {
  const records = sizes.map((size, index) => new Uint8Array(size).fill(index & 255));
  const asked: { from: number; count: number }[] = [];
  let open = 0;
  const list = {
    records,
    asked,
    /** Bytes asked for at once, at most. */
    mostBytes: 0,
    mostOpen: 0,
    range: async (from: number, count: number) => {
      asked.push({ from, count });
      open += 1;
      const part = records.slice(from, from + count);
      list.mostOpen = Math.max(list.mostOpen, open);
      list.mostBytes = Math.max(
        list.mostBytes,
        part.reduce((sum, { length }) => sum + length, 0),
      );
      await Promise.resolve();
      open -= 1;
      return part;
    },
  };
  return list;
}

describe('ListReader', () => {
  it('gives pages in order, and asks for each record once', async () => {
    const list = listOf(new Array(5000).fill(100));
    const reader = new ListReader(5000, list.range);
    const read: Uint8Array[] = [];
    while (read.length < 5000) read.push(...(await reader.page(read.length, 700)));
    expect(read).toEqual(list.records);
    expect(list.asked.reduce((sum, { count }) => sum + count, 0)).toBe(5000);
  });

  it('has some parts under way, and no more', async () => {
    const list = listOf(new Array(50_000).fill(10));
    const reader = new ListReader(50_000, list.range);
    await reader.page(0, 1000);
    await reader.page(1000, 1000);
    expect(list.mostOpen).toBeGreaterThan(1);
    expect(list.asked.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(9000);
  });

  it('asks for few records at a time where they are big, and ends a page early', async () => {
    const list = listOf(new Array(100).fill(1_048_576));
    const reader = new ListReader(100, list.range);
    const page = await reader.page(0, 1000);
    expect(page.length).toBeLessThan(60);
    expect(list.asked.slice(1).every(({ count }) => count === 1)).toBe(true);
    const rest: Uint8Array[] = [...page];
    while (rest.length < 100) rest.push(...(await reader.page(rest.length, 1000)));
    expect(rest.map(({ length }) => length)).toEqual(list.records.map(({ length }) => length));
  });

  it('starts anew where somebody reads elsewhere, and after a failure', async () => {
    const list = listOf(new Array(100).fill(1));
    let failing = true;
    const reader = new ListReader(100, async (from, count) => {
      if (failing) throw new Error('not now');
      return list.range(from, count);
    });
    await expect(reader.page(0, 10)).rejects.toThrow('not now');
    failing = false;
    expect(await reader.page(0, 10)).toEqual(list.records.slice(0, 10));
    expect(await reader.page(50, 10)).toEqual(list.records.slice(50, 60));
    expect(await reader.page(50, 10)).toEqual(list.records.slice(50, 60));
    expect(await reader.page(95, 10)).toEqual(list.records.slice(95));
    expect(await reader.page(100, 10)).toEqual([]);
    expect(await reader.page(0, 0)).toEqual([]);
  });

  it('ends a page at a hole, and forgets that the list was found to be whole', async () => {
    const list = listOf(new Array(40).fill(1));
    const reader = new ListReader(50, list.range);
    reader.checked = true;
    expect(await reader.page(0, 100)).toHaveLength(40);
    expect(reader.checked).toBe(false);
    expect(await reader.page(40, 100)).toEqual([]);
  });
});
