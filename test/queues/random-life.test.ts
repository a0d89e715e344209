import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MqueueDefinition } from '../../src/core/mqueue/mqueue-definition.ts';
import type { FetchedItem } from '../../src/queues/fetched-item.ts';
import { durable, type QueueNode, QueueWorld, saved } from './queue-world.ts';
import { address } from './store-content.ts';

const failing = ['append', 'stage', 'commit', 'moveCursor', 'read', 'readJournal', 'claim', 'keepAlive'] as const;
const failingToo = [...failing, 'release', 'list', 'inspect', 'assign'] as const;

type Step =
  | { readonly do: 'fetch' | 'ack' | 'heal' | 'stop' | 'lostStop' | 'crash' | 'lose' }
  | { readonly do: 'add' | 'nack'; readonly delayMs: number }
  | { readonly do: 'wait'; readonly timeoutMs: number }
  | { readonly do: 'pass'; readonly ms: number }
  | {
      readonly do: 'fail';
      readonly call: (typeof failingToo)[number];
      readonly kind: 'STORE_UNAVAILABLE' | 'REPLY_LOST' | 'STORE_REFUSED';
      readonly times: number;
    };

const step = ({ crashes, longestDelayMs, adopts = false, loses = false }: Chances): fc.Arbitrary<Step> => {
  const delayMs = fc.integer({ min: 0, max: longestDelayMs });
  return fc.oneof(
    { weight: 10, arbitrary: fc.record({ do: fc.constant('add' as const), delayMs }) },
    { weight: 5, arbitrary: fc.constant<Step>({ do: 'fetch' }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('wait' as const), timeoutMs: fc.integer({ min: 0, max: 3_000 }) }),
    },
    { weight: 3, arbitrary: fc.constant<Step>({ do: 'ack' }) },
    { weight: longestDelayMs > 0 ? 3 : 1, arbitrary: fc.record({ do: fc.constant('nack' as const), delayMs }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 4_000 }) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('fail' as const),
        call: fc.constantFrom(...(adopts ? failingToo : failing)),
        kind: fc.constantFrom('STORE_UNAVAILABLE' as const, 'REPLY_LOST' as const, 'STORE_REFUSED' as const),
        times: fc.integer({ min: 1, max: 8 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'heal' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'stop' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ do: 'lostStop' }) },
    ...(crashes ? [{ weight: 1, arbitrary: fc.constant<Step>({ do: 'crash' }) }] : []),
    ...(adopts ? [{ weight: 3, arbitrary: fc.constant<Step>({ do: 'pass', ms: 13_000 }) }] : []),
    ...(loses ? [{ weight: 1, arbitrary: fc.constant<Step>({ do: 'lose' }) }] : []),
  );
};

interface Chances {
  readonly crashes: boolean;
  /** Of items that are added, or given back. */
  readonly longestDelayMs: number;
  /** A partition of a node that is gone is assigned to this one. */
  readonly adopts?: boolean;
  /** The store may come back empty while the node runs. */
  readonly loses?: boolean;
}

interface Added {
  /** Added, or perhaps added. */
  state: 'open' | 'added' | 'doubtful' | 'refused';
  given: number;
  acked: 'no' | 'open' | 'yes';
}

/** A queue through many lives of its process, and what its users know of every item. */
class Life {
  readonly world = new QueueWorld();
  readonly items: Added[] = [];
  /** Fetches that may have taken an item with them when the process died. */
  lossesAllowed = 0;
  readonly #changes: Partial<MqueueDefinition>;
  #node: QueueNode | undefined;
  #held: FetchedItem[] = [];
  /** Fetches of this process that are under way, or that ended with nothing while they were. */
  #openFetches = 0;
  #lateFetches = 0;

  constructor(changes: Partial<MqueueDefinition>) {
    this.#changes = changes;
  }

  /** Items in the partition of a node that does not come back, for this one to adopt. */
  async inherit(count: number): Promise<void> {
    const former = this.world.node([definitionOf(this.#changes)], { partition: 'former' });
    former.queues.start();
    await this.world.until(former.queues.ready());
    for (let index = 0; index < count; index++) {
      await this.world.until(former.queue.add('k', String(this.items.length)));
      this.items.push({ state: 'added', given: 0, acked: 'no' });
    }
    await this.world.stop(former);
    await this.world.node([definitionOf(this.#changes)]).store.assign(address({ partition: 'former' }), '0');
  }

  async node(): Promise<QueueNode> {
    if (this.#node !== undefined) return this.#node;
    const node = this.world.node([{ ...definitionOf(this.#changes) }], { compactAbove: 12 });
    node.queues.start();
    await this.world.until(node.queues.ready());
    this.#node = node;
    return node;
  }

  async run(step: Step): Promise<void> {
    const node = await this.node();
    const { queue, trouble } = node;
    switch (step.do) {
      case 'add':
        this.#add(node, step.delayMs);
        break;
      case 'fetch':
        this.#fetched(queue.fetch());
        break;
      case 'wait':
        this.#fetched(queue.waitFetch({ timeoutMs: step.timeoutMs }));
        break;
      case 'ack':
        this.#ack(this.#held.shift());
        break;
      case 'nack':
        await this.#held.shift()?.nack({ delayMs: step.delayMs });
        break;
      case 'pass':
        await this.world.pass(step.ms);
        break;
      case 'fail':
        trouble.fail(step.kind, { calls: [step.call], times: step.times });
        break;
      case 'heal':
        trouble.heal();
        break;
      case 'stop':
        await this.stop();
        break;
      case 'lostStop': {
        const servesAll = this.#servesAll(node);
        trouble.fail('STORE_UNAVAILABLE');
        await this.stop();
        if (servesAll) this.world.data.lose();
        break;
      }
      case 'lose':
        if (
          this.#servesAll(node) &&
          node.queues.states()[0]?.state === 'ready' &&
          this.world.disk.partitions.size === 0
        )
          this.world.data.lose();
        break;
      case 'crash':
        await this.crash();
        break;
    }
  }

  async crash(): Promise<void> {
    if (this.#node === undefined) return;
    this.world.kill(this.#node);
    let isSettled = false;
    const settled = this.#node.queue.settled().then(() => {
      isSettled = true;
    });
    settled.catch(() => {});
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    // With nothing on its way into the journal nothing may be lost.
    if (!isSettled) this.lossesAllowed += this.#openFetches + this.#lateFetches;
    this.#forget();
  }

  async stop(): Promise<void> {
    if (this.#node === undefined) return;
    const report = await this.world.stop(this.#node, 6_000);
    expect(report.lost).toEqual([]);
    await this.world.pass(0);
    this.world.kill(this.#node);
    this.#forget();
  }

  /** What a healthy process finds at the end, in order. */
  async rest(): Promise<number[]> {
    const node = await this.node();
    node.trouble.heal();
    await this.world.until(node.queues.ready());
    await this.world.pass(120_000);
    const rest: number[] = [];
    for (;;) {
      const item = await this.world.until(node.queue.fetch(), 10);
      if (item === undefined) return rest;
      rest.push(Number(item.valueText()));
      await this.world.until(item.ack(), 10);
    }
  }

  /** Whether all that is stored is of this node, or has been adopted by it. */
  #servesAll({ log }: QueueNode): boolean {
    const adopted = log.lines
      .filter(({ message }) => message === 'mqueue: partition adopted')
      .map(({ fields }) => fields?.partition);
    const stored = [...this.world.data.partitions.values()].map((each) => each.address.partition);
    return stored.every((partition) => partition === '0' || adopted.includes(partition));
  }

  #forget(): void {
    this.#node = undefined;
    this.#held = [];
    this.#openFetches = 0;
    this.#lateFetches = 0;
    for (const item of this.items) if (item.state === 'open') item.state = 'doubtful';
  }

  #add({ queue }: QueueNode, delayMs: number): void {
    const item: Added = { state: 'open', given: 0, acked: 'no' };
    this.items.push(item);
    const node = this.#node;
    queue.add('k', String(this.items.length - 1), { delayMs }).then(
      () => {
        if (item.state === 'open') item.state = 'added';
      },
      (error: Error) => {
        if (this.#node === node && item.state === 'open') {
          item.state = error.message.includes('may or may not') ? 'doubtful' : 'refused';
        }
      },
    );
  }

  #fetched(fetching: Promise<FetchedItem | undefined>): void {
    const node = this.#node;
    this.#openFetches += 1;
    const ended = (item: FetchedItem | undefined): void => {
      if (this.#node !== node) return;
      this.#openFetches -= 1;
      if (item === undefined) {
        this.#lateFetches += 1;
        return;
      }
      const known = this.items[Number(item.valueText())]!;
      known.given += 1;
      this.#held.push(item);
    };
    fetching.then(ended, () => ended(undefined));
  }

  #ack(item: FetchedItem | undefined): void {
    if (item === undefined) return;
    const known = this.items[Number(item.valueText())]!;
    if (known.acked === 'no') known.acked = 'open';
    item.ack().then(
      (done) => {
        known.acked = done ? 'yes' : known.acked === 'open' ? 'no' : known.acked;
      },
      () => {},
    );
  }
}

function definitionOf(changes: Partial<MqueueDefinition>): MqueueDefinition {
  return {
    name: 'calls',
    size: 0,
    maxBytes: 1_000_000,
    dbMode: 'both',
    addMode: 'append',
    durability: 'always',
    leaseMs: 0,
    ttlMs: 0,
    delayMs: 0,
    maxDeliveries: 0,
    deadLetter: undefined,
    ...changes,
  };
}

const runs = Number(process.env.RUNS ?? 150);

async function lives(changes: Partial<MqueueDefinition>, inherited: number, steps: readonly Step[]) {
  const life = new Life(changes);
  if (inherited > 0) await life.inherit(inherited);
  for (const step of steps) await life.run(step);
  await life.stop();
  const rest = await life.rest();
  const found = new Set(rest);
  expect(found.size, 'an item is there twice').toBe(rest.length);
  return { life, rest, found };
}

function check(
  changes: Partial<MqueueDefinition>,
  chances: Chances,
  verify: (end: Awaited<ReturnType<typeof lives>>) => void,
) {
  const inherited = fc.integer(chances.adopts ? { min: 1, max: 6 } : { min: 0, max: 0 });
  const steps = fc.array(step(chances), { maxLength: 60, size: 'max' });
  const property = fc.asyncProperty(inherited, steps, async (count, chosen) => {
    verify(await lives(changes, count, chosen));
  });
  return fc.assert(property, { numRuns: runs });
}

const ascending = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

type End = Awaited<ReturnType<typeof lives>>;

/** Each at most once, and lost only what was being fetched in a crash. */
function verifyOnce({ life, found }: End): void {
  let lost = 0;
  for (const [index, item] of life.items.entries()) {
    const times = item.given + (found.has(index) ? 1 : 0);
    expect(times, `item ${index} came ${times} times`).toBeLessThanOrEqual(1);
    if (item.state === 'refused') expect(times, `item ${index} was refused`).toBe(0);
    if (item.state === 'added' && times === 0) lost += 1;
  }
  expect(lost).toBeLessThanOrEqual(life.lossesAllowed);
}

/** None lost, and none again that was acknowledged. */
function verifyLeased({ life, found }: End): void {
  for (const [index, item] of life.items.entries()) {
    if (item.state === 'refused') expect(item.given + (found.has(index) ? 1 : 0)).toBe(0);
    if (item.acked === 'yes') expect(found.has(index), `item ${index} was acknowledged`).toBe(false);
    if (item.state === 'added' && item.acked === 'no') expect(found.has(index), `item ${index} is lost`).toBe(true);
  }
}

/** Over clean stops each exactly once. */
function verifyExactly({ life, found }: End): void {
  for (const [index, item] of life.items.entries()) {
    const times = item.given + (found.has(index) ? 1 : 0);
    if (item.state === 'added') expect(times, `item ${index} came ${times} times`).toBe(1);
  }
}

/** Over clean stops those that were not acknowledged, and no others. */
function verifyAcked({ life, found }: End): void {
  for (const [index, item] of life.items.entries()) {
    if (item.state === 'added') expect(found.has(index), `item ${index}`).toBe(item.acked !== 'yes');
  }
}

const inOrder =
  (verify: (end: End) => void) =>
  (end: End): void => {
    expect(end.rest).toEqual(ascending(end.rest));
    verify(end);
  };

const clean = { crashes: false, longestDelayMs: 0 };
const crashing = { crashes: true, longestDelayMs: 0 };
const leaseMs = 5_000;

describe('through failing calls, crashes and restarts', { timeout: 600_000 }, () => {
  it('durability always without a lease gives no item twice, and loses none but those that were being fetched in a crash', () =>
    check(durable, crashing, inOrder(verifyOnce)));

  it('durability always with a lease loses none, and gives none again that was acknowledged', () =>
    check({ ...durable, leaseMs }, crashing, inOrder(verifyLeased)));

  it('durability stop loses and doubles none over clean stops, be the store away or not', () =>
    check(saved, clean, inOrder(verifyExactly)));

  it('durability stop with a lease loses none over clean stops, and gives none again that was acknowledged', () =>
    check({ ...saved, leaseMs }, clean, inOrder(verifyAcked)));

  it.each([
    ['always', durable, true],
    ['stop', saved, false],
  ] as const)('durability %s with delays loses none, and gives none again that was acknowledged', (_, mode, crashes) =>
    check({ ...mode, leaseMs }, { crashes, longestDelayMs: 8_000 }, ({ life, found }) => {
      for (const [index, item] of life.items.entries()) {
        if (item.acked === 'yes') expect(found.has(index), `item ${index} was acknowledged`).toBe(false);
        if (item.state === 'added' && item.acked === 'no') expect(found.has(index), `item ${index} is lost`).toBe(true);
      }
    }),
  );
});

describe('the same beside an adopted partition', { timeout: 600_000 }, () => {
  const adopts = true;

  it('durability always without a lease', () => check(durable, { ...crashing, adopts }, verifyOnce));

  it('durability always with a lease', () => check({ ...durable, leaseMs }, { ...crashing, adopts }, verifyLeased));

  it('durability stop, also when the store comes back empty', () =>
    check(saved, { ...clean, adopts, loses: true }, verifyExactly));

  it('durability stop with a lease, also when the store comes back empty', () =>
    check({ ...saved, leaseMs }, { ...clean, adopts, loses: true }, verifyAcked));
});
