import type { Fact } from './gossip-message.ts';
import { outweighs } from './node-claim.ts';
import { nodeKey } from './node-uri.ts';

interface Item {
  readonly fact: Fact;
  left: number;
}

const maxItems = 2_000;

/**
 * Claims that changed lately, each passed on a bounded number of times (as SWIM does), the least told first. A newer claim about
 * the same node takes the place of the older one.
 */
export class NewsQueue {
  readonly #items = new Map<string, Item>();

  get size(): number {
    return this.#items.size;
  }

  /** Adds a claim to be passed on `times` times. When full the one that was told most makes room. */
  add(fact: Fact, times: number): void {
    const key = nodeKey(fact.node.uri);
    const held = this.#items.get(key);
    if (held !== undefined && outweighs(held.fact.claim, fact.claim)) return;
    if (held === undefined && this.#items.size >= maxItems) this.#dropMostTold();
    this.#items.set(key, { fact, left: times });
  }

  /** The next claims to pass on, at most `count`; each is counted as told once. */
  take(count: number): Fact[] {
    if (this.#items.size === 0) return [];
    const chosen = [...this.#items].sort((one, other) => other[1].left - one[1].left).slice(0, count);
    for (const [key, item] of chosen) {
      item.left -= 1;
      if (item.left <= 0) this.#items.delete(key);
    }
    return chosen.map(([, item]) => item.fact);
  }

  #dropMostTold(): void {
    let mostTold: string | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const [key, item] of this.#items) {
      if (item.left < least) [mostTold, least] = [key, item.left];
    }
    if (mostTold !== undefined) this.#items.delete(mostTold);
  }
}
