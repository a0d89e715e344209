import { expect } from 'vitest';
import type { NodePod } from './release.ts';
import type { Exchange } from './runner/exchange.ts';
import type { Runner } from './runner.ts';

/** A queue of the nodes of a release, each with a part of its own, over HTTP. */
export class QueueProbe {
  readonly #runner: Runner;
  readonly #queue: string;

  constructor(runner: Runner, queue: string) {
    this.#runner = runner;
    this.#queue = queue;
  }

  /** What adds an item. In the value `{n}` is the number of the request in a load. */
  addition(http: string, value: string): Exchange {
    return {
      url: `${http}/api/v1/queues/${this.#queue}/items`,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: 'e2e', value }),
    };
  }

  /** Adds values to a node's part, one after another. */
  async add({ http }: NodePod, values: readonly string[]): Promise<void> {
    for (const value of values) {
      const [added] = await this.#runner.exchange([this.addition(http, value)]);
      expect(added?.status, added?.body).toBe(201);
    }
  }

  /** The values in a node's part, the oldest first. */
  async values({ http }: NodePod): Promise<string[]> {
    const [seen] = await this.#runner.exchange([{ url: `${http}/api/v1/queues/${this.#queue}/items?limit=1000` }]);
    expect(seen?.status, seen?.body).toBe(200);
    const { items } = JSON.parse(seen?.body ?? '') as { items: { value: string }[] };
    return items.map(({ value }) => value);
  }
}
