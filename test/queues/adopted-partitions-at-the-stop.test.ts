import { describe, expect, it } from 'vitest';
import { all, definition, durable, type QueueNode, QueueWorld, saved, value } from './queue-world.ts';
import { address } from './store-content.ts';

const seven = address({ partition: '7' });

/** A node that has adopted partition 7, which holds these items, and has an item of its own. */
async function adopted(texts: readonly string[], mode: object = saved) {
  const world = new QueueWorld();
  const before = await world.start(mode, { partition: '7' });
  await world.until(Promise.all(texts.map((text) => before.queue.add(text, text))));
  await world.stop(before);
  const node = await world.start(mode);
  await world.until(node.queue.add('k', 'own'));
  await node.store.assign(seven, '0');
  await world.pass(15_000);
  expect(all(node.queue)).toEqual(['own', ...texts]);
  return { world, node };
}

/** What a next life of the node serves after some time. */
async function next(world: QueueWorld, mode: object = saved): Promise<QueueNode> {
  const node = await world.start(mode);
  await world.pass(30_000);
  return node;
}

const clean = { spilled: [], lost: [], fenced: [] };

describe.each([
  ['stop', saved],
  ['always', durable],
])('an adopted partition that its store has lost, with durability %s', (_, mode) => {
  it.each([
    ['that nobody has noticed', 0],
    ['that a sign of life has found', 14_000],
  ])('(%s) is written anew at the stop, for the same adopter', async (__, noticedMs) => {
    const { world, node } = await adopted(['a', 'b'], mode);
    world.data.lose();
    await world.pass(noticedMs);
    expect(await world.stop(node)).toEqual(clean);
    expect(world.data.find(seven)).toMatchObject({ adopter: '0', owner: undefined });
    expect(all((await next(world, mode)).queue)).toEqual(['own', 'a', 'b']);
  });

  it('and that is away at the stop lies in the spill, and is served after the next start', async () => {
    const { world, node } = await adopted(['a', 'b'], mode);
    world.data.lose();
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node);
    const again = await next(world, mode);
    expect(all(again.queue).toSorted()).toEqual(['a', 'b', 'own']);
    expect(world.disk.partitions.size).toBe(0);
    await world.stop(again);
    expect(all((await next(world, mode)).queue).toSorted()).toEqual(['a', 'b', 'own']);
  });
});

describe('an adopted partition whose store is away at the stop', () => {
  /** All but the second of these are taken, the store hears of none. */
  async function spilled() {
    const { world, node } = await adopted(['a', 'b', 'c'], { ...saved, leaseMs: 600_000 });
    node.trouble.fail('STORE_UNAVAILABLE');
    const items = await world.until(Promise.all([1, 2, 3, 4].map(() => node.queue.fetch())));
    for (const item of items.filter((each) => value(each) !== 'b')) await world.until(item!.ack());
    expect(await world.stop(node)).toEqual({ ...clean, spilled: ['calls'] });
    return { world, node };
  }

  it('lies in the spill, and the next start knows what was taken', async () => {
    const { world, node } = await spilled();
    expect(node.log.lines).toContainEqual({
      level: 'error',
      message: 'mqueue: the store did not take the queue: it is in the spill for the next start',
      fields: { queue: 'calls', partition: '7', store: 'memory:test', items: 1, error: expect.any(String) },
    });
    expect(all((await next(world)).queue)).toEqual(['b']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('is in the spill also when its last item was taken', async () => {
    const { world, node } = await adopted(['a']);
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.until(node.queue.clear());
    expect(await world.stop(node)).toEqual({ ...clean, spilled: ['calls'] });
    expect(all((await next(world)).queue)).toEqual([]);
    expect(world.data.find(seven)).toBeUndefined();
    expect(world.disk.partitions.size).toBe(0);
  });

  it('is taken up once the store is there again', async () => {
    const { world } = await spilled();
    const node = await world.start(saved);
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['inspect', 'list'] });
    await world.pass(30_000);
    expect(all(node.queue)).toEqual([]);
    expect(node.log.messages('warn')).toContain('mqueue: what was spilled of adopted partitions can not be taken up');
    node.trouble.heal();
    await world.pass(15_000);
    expect(all(node.queue)).toEqual(['b']);
  });

  it('is not doubled when its owner has served it since', async () => {
    const { world } = await spilled();
    const owner = await world.start(saved, { partition: '7', spillStore: undefined });
    expect(all(owner.queue)).toEqual(['a', 'b', 'c']);
    const node = await next(world);
    expect(all(node.queue)).toEqual([]);
    expect(owner.queues.states()[0]?.state).toBe('ready');
    expect(world.disk.partitions.size).toBe(0);
  });

  it('is not doubled when its owner has it again, although a word on its way at the stop never arrived', async () => {
    const mode = { ...durable, leaseMs: 600_000 };
    const { world, node } = await adopted(['a', 'b'], mode);
    for (let items = 0; items < 2; items++) await world.until(node.queue.fetch());
    node.trouble.fail('STORE_UNAVAILABLE');
    node.queue.fetch().catch(() => {});
    await world.stop(node);
    const owner = await world.start(mode, { partition: '7', spillStore: undefined });
    expect(all(owner.queue)).toEqual(['a', 'b']);
    expect(all((await next(world, mode)).queue)).toEqual(['own']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('is put beside what its owner has begun anew on a store that came back empty', async () => {
    const { world } = await spilled();
    world.data.lose();
    const owner = await world.start(saved, { partition: '7', spillStore: undefined });
    await world.until(owner.queue.add('k', 'new'));
    const node = await next(world);
    expect(all(node.queue)).toEqual(['b']);
    expect(all(owner.queue)).toEqual(['new']);
    expect(owner.queues.states()[0]?.state).toBe('ready');
    expect(world.disk.partitions.size).toBe(0);
  });

  it('is put beside what is empty, however often it has been claimed since', async () => {
    const { world, node } = await adopted(['a']);
    world.data.lose();
    // It is claimed anew, and no more.
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['stage'] });
    expect(await world.stop(node)).toEqual({ ...clean, spilled: ['calls'] });
    for (let claim = 0; claim < 5; claim++) await world.node([definition(saved)]).store.claim(seven, 'dead');
    expect(all((await next(world)).queue).toSorted()).toEqual(['a', 'own']);
  });

  it.each(['REPLY_LOST', 'STORE_UNAVAILABLE'] as const)(
    'is put there once when that it is assigned can not be said: %s',
    async (kind) => {
      const { world } = await spilled();
      world.data.lose();
      const node = await world.start(saved);
      node.trouble.fail(kind, { calls: ['assign'], times: 3 });
      await world.pass(60_000);
      expect(await world.until(node.queue.fetch())).toBeDefined();
      expect(world.disk.partitions.size).toBe(0);
      await world.pass(60_000);
      expect(all(node.queue)).toEqual([]);
    },
  );

  it('is put there once when it can not be removed from the spill', async () => {
    const { world } = await spilled();
    world.data.lose();
    const node = await world.start(saved);
    node.spill.trouble.fail('STORE_REFUSED', { calls: ['commit', 'release'] });
    await world.pass(60_000);
    expect(all(node.queue)).toEqual(['b']);
    node.spill.trouble.heal();
    await world.pass(15_000);
    expect(all(node.queue)).toEqual(['b']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it.each(['commit', 'assign'] as const)('is put there once, however often %s fails', async (call) => {
    const { world } = await spilled();
    world.data.lose();
    const node = await world.start(saved);
    node.trouble.fail('STORE_UNAVAILABLE', { calls: [call], times: 7 });
    await world.pass(120_000);
    expect(all(node.queue)).toEqual(['b']);
  });

  it('is no loss where there is no spill: what was taken last comes again', async () => {
    const { world, node } = await adopted(['a', 'b']);
    await world.until(node.queue.fetch());
    node.trouble.fail('STORE_UNAVAILABLE');
    node.spill.trouble.fail('STORE_REFUSED');
    await world.until(node.queue.fetch());
    expect(await world.stop(node)).toEqual(clean);
    expect(node.log.messages('warn')).toContainEqual(
      expect.stringMatching(/what was fetched last may be fetched again$/),
    );
    expect(node.log.messages('error')).toEqual([]);
    world.data.find(seven)!.owner = undefined;
    expect(all((await next(world)).queue)).toEqual(['a', 'b']);
  });
});

it('what the store has lost of an adopted partition is put beside what its owner has begun anew', async () => {
  const { world, node } = await adopted(['a', 'b']);
  world.data.lose();
  const owner = await world.start(saved, { partition: '7' });
  await world.until(owner.queue.add('k', 'new'));
  expect(await world.stop(node)).toEqual(clean);
  expect(owner.queues.states()[0]?.state).toBe('ready');
  await world.pass(30_000);
  expect(all(owner.queue)).toEqual(['new', 'a', 'b']);
});

it('a partition whose owner has it again is left alone at the stop', async () => {
  const { world, node } = await adopted(['a', 'b']);
  const owner = await world.start(saved, { partition: '7' });
  expect(await world.stop(node)).toEqual(clean);
  await world.pass(30_000);
  expect(all(owner.queue)).toEqual(['a', 'b']);
});

describe('what was spilled under another name of this node', () => {
  async function spilledAs(partition: string, mode: object = saved) {
    const world = new QueueWorld();
    const before = await world.start(mode, { partition });
    await before.queue.add('k', 'old');
    await world.stop(before);
    const node = await world.start(mode, { partition });
    await node.queue.add('k', 'new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node);
    return world;
  }

  it('is taken up, and served beside its own', async () => {
    const world = await spilledAs('former');
    expect(all((await next(world)).queue)).toEqual(['old', 'new']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('and whose partition somebody else has served since adds what was added by itself', async () => {
    const world = await spilledAs('former');
    const other = await world.start(saved, { partition: 'former', spillStore: undefined });
    expect(all(other.queue)).toEqual(['old']);
    expect(all((await next(world)).queue)).toEqual(['new']);
    expect(all(other.queue)).toEqual(['old']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('with dbmode save is taken up when the queue is read', async () => {
    const world = await spilledAs('former', { dbMode: 'save', durability: 'stop' });
    const node = await next(world);
    expect(all(node.queue)).toEqual(['new']);
    expect(world.data.find(address({ partition: 'former' }))?.items).toHaveLength(1);
    expect(world.disk.partitions.size).toBe(0);
  });
});

it.each([
  ['stop', saved],
  ['always', durable],
])('the log of a stop counts the items of each partition, with durability %s', async (_, mode) => {
  const { world, node } = await adopted(['a', 'b'], mode);
  await world.stop(node);
  const lines = node.log.lines.filter(({ message }) => message === 'mqueue: queue saved');
  expect(lines.map(({ fields }) => fields)).toEqual(
    expect.arrayContaining([
      { queue: 'calls', store: 'memory:test', items: 1 },
      { queue: 'calls', partition: '7', store: 'memory:test', items: 2 },
    ]),
  );
});
