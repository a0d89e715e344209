import type { Queues } from './queues.ts';

/** The functions of Kamailio's mqueue module under their names, with its return codes. A pair is text here, as in a script. */
export class KamailioMqueue {
  readonly #queues: Queues;

  constructor(queues: Queues) {
    this.#queues = queues;
  }

  /** 1 when the pair was added (or a pair with its key is there, with addmode 1); -1 when it was not. */
  async mq_add(queue: string, key: string, value: string): Promise<1 | -1> {
    if (!this.#queues.has(queue)) return -1;
    return this.#queues
      .get(queue)
      .add(key, value)
      .then(
        () => 1,
        () => -1,
      );
  }

  /** Takes the oldest pair for `mqk` and `mqv`, also where the queue has leases. 1; -1 without such a queue, or when it can't be asked; -2 when it is empty. */
  async mq_fetch(queue: string): Promise<1 | -1 | -2> {
    if (!this.#queues.has(queue)) return -1;
    try {
      const item = await this.#queues.get(queue).fetch();
      if (item === undefined) return -2;
      await item.ack();
      return 1;
    } catch {
      return -1;
    }
  }

  /** How many pairs there are; -1 when there is none, -2 without such a queue. */
  mq_size(queue: string): number {
    if (!this.#queues.has(queue)) return -2;
    return this.#queues.get(queue).size() || -1;
  }

  /** Forgets the pair that was fetched last. -1 without such a queue. */
  mq_pv_free(queue: string): 1 | -1 {
    if (!this.#queues.has(queue)) return -1;
    this.#queues.get(queue).free();
    return 1;
  }

  /** `$mqk(queue)`: the key that was fetched last; undefined ($null) when there is none. */
  mqk(queue: string): string | undefined {
    return this.#queues.has(queue) ? this.#queues.get(queue).current?.keyText() : undefined;
  }

  /** `$mqv(queue)`: the value that was fetched last; undefined ($null) when there is none. */
  mqv(queue: string): string | undefined {
    return this.#queues.has(queue) ? this.#queues.get(queue).current?.valueText() : undefined;
  }
}
