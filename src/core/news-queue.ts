import type { Fact } from './gossip-message.ts';
import { outweighs } from './node-claim.ts';
import { nodeKey } from './node-uri.ts';

interface Item {
  readonly fact: Fact;
  readonly left: number;
}

const maxItems = 2_000;

/**
 * Claims that changed lately, each passed on a bounded number of times (as SWIM does), the least told first. A newer claim about
 * the same node takes the place of the older one. Costs as much as what is taken, not as what waits.
 */
export class NewsQueue {
  readonly #items = new Map<string, Item>();
  /** Keys by the number of times left. */
  readonly #levels: Set<string>[] = [];

  get size(): number {
    return this.#items.size;
  }

  /** Adds a claim to be passed on `times` times. When full the one that was told most makes room. */
  add(fact: Fact, times: number): void {
    const key = nodeKey(fact.node.uri);
    const held = this.#items.get(key);
    if (held !== undefined && outweighs(held.fact.claim, fact.claim)) return;
    if (held === undefined && this.#items.size >= maxItems) this.#dropMostTold();
    this.#put(key, { fact, left: times });
  }

  /** The next claims to pass on, at most `count`; each is counted as told once. */
  take(count: number): Fact[] {
    const keys: string[] = [];
    for (let level = this.#levels.length - 1; level > 0 && keys.length < count; level--) {
      for (const key of this.#levels[level]!) {
        keys.push(key);
        if (keys.length === count) break;
      }
    }
    return keys.map((key) => {
      const { fact, left } = this.#items.get(key)!;
      this.#put(key, { fact, left: left - 1 });
      return fact;
    });
  }

  /** With nothing left to tell the item is gone. */
  #put(key: string, item: Item): void {
    const held = this.#items.get(key);
    if (held !== undefined) this.#levels[held.left]!.delete(key);
    if (item.left <= 0) {
      this.#items.delete(key);
      return;
    }
    while (this.#levels.length <= item.left) this.#levels.push(new Set());
    this.#items.set(key, item);
    this.#levels[item.left]!.add(key);
  }

  #dropMostTold(): void {
    for (const level of this.#levels) {
      for (const key of level) {
        this.#put(key, { ...this.#items.get(key)!, left: 0 });
        return;
      }
    }
  }
}
