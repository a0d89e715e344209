import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ByteBudget } from '../../src/core/mqueue/byte-budget.ts';
import { type ItemParts, itemBytes } from '../../src/core/mqueue/item-record.ts';
import { Mqueue } from '../../src/core/mqueue/mqueue.ts';
import type { AddMode } from '../../src/core/mqueue/mqueue-definition.ts';
import { unclearedBytes } from '../../src/edges/system/uncleared-bytes.ts';

/** What one mode of adding does a second, at one length of the queue; the best of some rounds. Records are made within the time. */
export interface CoreRates {
  readonly mode: AddMode;
  readonly items: number;
  readonly adds: number;
  /** Adds of keys that are in the queue already, all of them in another order; of new ones in mode `append`. */
  readonly repeatedAdds: number;
  readonly fetches: number;
}

/** What a queue takes of the process's memory for an item. */
export interface CoreMemory {
  readonly mode: AddMode;
  readonly items: number;
  readonly recordBytes: number;
  readonly residentBytes: number;
}

const now = 1_700_000_000_000;

/** Keys as Call-IDs are, and items with them; the same for every queue. */
class Items {
  readonly #keys: readonly Uint8Array[];
  readonly #value: Uint8Array;
  #sequence = 0;

  constructor(count: number, valueBytes: number) {
    const encoder = new TextEncoder();
    this.#keys = Array.from({ length: count }, (_, index) => encoder.encode(`call-${1_000_000_000 + index}@10.0.0.1`));
    this.#value = new Uint8Array(valueBytes).fill(0x61);
  }

  parts(index: number): ItemParts {
    const key = this.#keys[index]!;
    return { epoch: 1, sequence: this.#sequence++, addedAt: now, dueAt: 0, key, value: this.#value };
  }
}

function newQueue(addMode: AddMode): Mqueue<undefined> {
  const limits = { size: 0, maxBytes: 2 ** 40, addMode, whenFull: 'drop_oldest', ttlMs: 0 } as const;
  return new Mqueue(limits, new ByteBudget(2 ** 40), 12_345, unclearedBytes);
}

function perSecond(count: number, act: () => void): number {
  const start = performance.now();
  act();
  return (count * 1_000) / (performance.now() - start);
}

/** Adds `items` items, adds their keys again, and fetches all, in rounds. */
export function measureCore(mode: AddMode, items: number, rounds: number): CoreRates {
  const made = new Items(items, 256);
  const best = { adds: 0, repeatedAdds: 0, fetches: 0 };
  for (let round = 0; round < rounds; round++) {
    const queue = newQueue(mode);
    const add = (index: number): unknown => queue.addNew(made.parts(index), now);
    const adds = perSecond(items, () => {
      for (let index = 0; index < items; index++) add(index);
    });
    const repeatedAdds = perSecond(items, () => {
      for (let index = 0; index < items; index++) add((index * 7_919) % items);
    });
    const waiting = queue.size;
    const fetches = perSecond(waiting, () => {
      while (queue.fetch(now) !== undefined);
    });
    best.adds = Math.max(best.adds, adds);
    best.repeatedAdds = Math.max(best.repeatedAdds, repeatedAdds);
    best.fetches = Math.max(best.fetches, fetches);
  }
  return { mode, items, ...best };
}

/** Adds a second of keys that are all different, with mode `replace`, to a queue that has `items` already: `more` of them; the best of some rounds. */
export function measureUniqueAdds(items: number, more: number, rounds: number): number {
  const made = new Items(items + more, 256);
  let best = 0;
  for (let round = 0; round < rounds; round++) {
    const queue = newQueue('replace');
    const add = (index: number): unknown => queue.addNew(made.parts(index), now);
    for (let index = 0; index < items; index++) add(index);
    const rate = perSecond(more, () => {
      for (let index = items; index < items + more; index++) add(index);
    });
    best = Math.max(best, rate);
  }
  return best;
}

/** To be called in a process that has measured nothing yet. What the engine takes for itself while items are added counts as theirs. */
export function measureCoreMemory(mode: AddMode, items: number, valueBytes: number): CoreMemory {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const made = new Items(items, valueBytes);
  const queue = newQueue(mode);
  collect();
  const before = process.memoryUsage.rss();
  for (let index = 0; index < items; index++) queue.addNew(made.parts(index), now);
  collect();
  const residentBytes = (process.memoryUsage.rss() - before) / queue.size;
  return { mode, items, recordBytes: itemBytes(made.parts(0)), residentBytes };
}
