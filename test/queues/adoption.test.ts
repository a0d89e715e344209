import { describe, expect, it } from 'vitest';
import { all, durable, type QueueNode, QueueWorld, saved, value } from './queue-world.ts';
import { address } from './store-content.ts';

const leased = { leaseMs: 600_000 };

/** A partition that its node has left behind, with these items. */
async function left(world: QueueWorld, partition: string, texts: readonly string[], changes: object = saved) {
  const node = await world.start(changes, { partition });
  await world.until(Promise.all(texts.map((text) => node.queue.add(text, text))));
  await world.stop(node);
}

async function take(world: QueueWorld, { queue }: QueueNode, count: number): Promise<(string | undefined)[]> {
  const taken: (string | undefined)[] = [];
  for (let index = 0; index < count; index++) taken.push(value(await world.until(queue.fetch())));
  return taken;
}

describe.each([
  ['stop', saved],
  ['always', durable],
])('with durability %s', (_, mode) => {
  it('a partition that is assigned to this node is served beside its own, and goes when it is empty', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b'], mode);
    const node = await world.start(mode);
    await world.until(node.queue.add('k', 'own'));
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    expect(all(node.queue)).toEqual(['own', 'a', 'b']);
    expect(await take(world, node, 3)).toEqual(['own', 'a', 'b']);
    await world.pass(1_000);
    expect(world.data.find(address({ partition: '7' }))).toBeUndefined();
    await world.stop(node);
    expect(await world.content(mode)).toEqual([]);
  });

  it('of several that are assigned to it, in the order of their names', async () => {
    const world = new QueueWorld();
    for (const partition of ['10', 'import-2', '9', 'import-1'])
      await left(world, partition, [`of ${partition}`], mode);
    const node = await world.start(mode);
    for (const partition of ['10', 'import-2', '9', 'import-1']) await node.store.assign(address({ partition }), '0');
    await world.pass(15_000);
    expect(all(node.queue)).toEqual(['of 9', 'of 10', 'of import-1', 'of import-2']);
  });

  it('what is left of it at the stop stays where it is, for the same adopter', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b', 'c'], mode);
    const node = await world.start(mode);
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    expect(await take(world, node, 1)).toEqual(['a']);
    await world.until(node.queue.add('k', 'own'));
    await world.stop(node);
    expect(world.data.find(address({ partition: '7' }))).toMatchObject({ adopter: '0', owner: undefined });
    const next = await world.start(mode);
    expect(all(next.queue)).toEqual(['own']);
    await world.pass(15_000);
    expect(all(next.queue)).toEqual(['own', 'b', 'c']);
  });

  it('comes back soon after its adopter was killed, and not only when that has been quiet for long', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b'], mode);
    const node = await world.start(mode);
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    expect(all(node.queue)).toEqual(['a', 'b']);
    world.kill(node);
    const next = await world.start(mode);
    await world.pass(15_000);
    expect(all(next.queue)).toEqual(['a', 'b']);
  });

  it('is left to another node that serves it, until that is quiet', async () => {
    const world = new QueueWorld();
    world.kill(await world.start(mode));
    const other = await world.start(mode, { partition: '7' });
    await world.until(other.queue.add('k', 'a'));
    if (mode === saved) {
      await world.stop(other);
      await world.start(mode, { partition: '7' });
    }
    const node = await world.start(mode);
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(120_000);
    expect(all(node.queue)).toEqual([]);
  });

  it('items with the same ids as own ones are kept apart, and say whose they are', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b'], mode);
    await left(world, '0', ['x', 'y'], mode);
    const node = await world.start({ ...mode, ...leased });
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    const shown = node.queue.peek().items.map(({ partition }) => partition);
    expect(shown).toEqual(['0', '0', '7', '7']);
    const items = await world.until(Promise.all([1, 2, 3, 4].map(() => node.queue.fetch())));
    expect(items.map(value)).toEqual(['x', 'y', 'a', 'b']);
    expect(items.map((item) => item?.partition)).toEqual(shown);
    expect(items[0]?.id).toBe(items[2]?.id);
    expect(await world.until(items[2]!.ack())).toBe(true);
    expect(await world.until(items[1]!.ack())).toBe(true);
    await world.stop(node);
    expect(await world.content(mode)).toEqual(['x']);
    const seven = await world.start(mode, { partition: '7' });
    expect(all(seven.queue)).toEqual(['b']);
  });

  it('stands in the lines of the queue, each item with its partition', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a'], mode);
    const node = await world.start({ ...mode, ...leased });
    await world.until(node.queue.add('k', 'own'));
    await world.until(node.queue.add('k', 'later', { delayMs: 60_000 }));
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    await world.until(node.queue.fetch());
    const lines = node.queue.lines();
    await world.until(node.queue.clear());
    expect([...lines].map((line) => JSON.parse(line))).toMatchObject([
      { value: 'own', partition: '0', deliveries: 1 },
      { value: 'later', partition: '0', due_at: expect.any(String) },
      { value: 'a', partition: '7' },
    ]);
  });

  it('is given up once when it is cleared while an item of it is being fetched', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b'], mode);
    const node = await world.start(mode);
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    const fetching = node.queue.fetch();
    expect(await world.until(node.queue.clear())).toBeGreaterThan(0);
    expect(value(await fetching)).toBe('a');
    await world.pass(1_000);
    expect(world.data.find(address({ partition: '7' }))).toBeUndefined();
    expect(node.store.calls.filter((call) => call === 'release')).toHaveLength(1);
    await left(world, '7', ['c'], mode);
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    expect(all(node.queue)).toEqual(['c']);
  });

  it('its owner that comes back gets it back: its items leave this node', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b'], mode);
    const node = await world.start({ ...mode, ...leased });
    await world.until(node.queue.add('k', 'own'));
    await node.store.assign(address({ partition: '7' }), '0');
    await world.pass(15_000);
    await world.until(node.queue.fetch());
    const item = await world.until(node.queue.fetch());
    expect(value(item)).toBe('a');
    const owner = await world.start({ ...mode, ...leased }, { partition: '7' });
    await world.pass(15_000);
    expect(all(node.queue)).toEqual([]);
    expect(await item?.ack()).toBe(false);
    expect(all(owner.queue)).toEqual(['a', 'b']);
    expect(node.queues.states()[0]?.state).toBe('ready');
    expect(node.queue.stats()).toMatchObject({ size: 0, leased: 1 });
  });
});

it('an adopted partition whose store is away when it is empty is said, and comes back empty', async () => {
  const world = new QueueWorld();
  await left(world, '7', ['a']);
  const node = await world.start(saved);
  await node.store.assign(address({ partition: '7' }), '0');
  await world.pass(15_000);
  node.trouble.fail('STORE_REFUSED', { calls: ['release'], times: 1 });
  expect(await take(world, node, 1)).toEqual(['a']);
  await world.pass(1_000);
  expect(node.log.lines).toContainEqual({
    level: 'warn',
    message: 'mqueue: an adopted partition could not be given up',
    fields: { ...address({ partition: '7' }), error: 'release: made to fail' },
  });
  const seven = await world.start(saved, { partition: '7' });
  expect(all(seven.queue)).toEqual([]);
});

describe('a partition that nobody serves', () => {
  it('is shown, and said once a minute', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b']);
    const node = await world.start(saved);
    await world.pass(50_000);
    expect(node.queues.orphans()).toEqual([]);
    await world.pass(30_000);
    const orphan = { queue: 'calls', partition: '7', items: 2, journal: 0, quietMs: expect.any(Number) };
    expect(node.queues.orphans()).toEqual([orphan]);
    await world.pass(60_000);
    const lines = node.log.lines.filter(({ level }) => level === 'warn');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({
      message: 'mqueue: nobody serves these partitions: adopt them, start their node, or define their queue',
      fields: { orphans: [orphan] },
    });
    expect(all(node.queue)).toEqual([]);
  });

  it('is adopted by itself where that is wanted', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b']);
    const node = await world.start(saved, { adopts: true });
    await world.pass(55_000);
    expect(all(node.queue)).toEqual([]);
    await world.pass(30_000);
    expect(all(node.queue)).toEqual(['a', 'b']);
    expect(node.queues.orphans()).toEqual([]);
  });

  it('is none while its owner lives, nor an empty one', async () => {
    const world = new QueueWorld();
    await left(world, '8', []);
    const alive = await world.start(durable, { partition: '7' });
    await world.until(alive.queue.add('k', '1'));
    const node = await world.start(durable, { adopts: true });
    await world.pass(300_000);
    expect(node.queues.orphans()).toEqual([]);
    expect(all(node.queue)).toEqual([]);
    expect(alive.queues.states()[0]?.state).toBe('ready');
  });

  describe('and that is assigned', () => {
    const orphan = { queue: 'calls', partition: '7', items: 1, journal: 0, quietMs: expect.any(Number) };

    it.each([
      ['has been removed', false],
      ['is dead', true],
    ])('is shown when its adopter %s, and adopted where that is wanted', async (_, wasThere) => {
      const world = new QueueWorld();
      await left(world, '7', ['a']);
      if (wasThere) world.kill(await world.start(saved, { partition: '5' }));
      const node = await world.start(saved);
      await node.store.assign(address({ partition: '7' }), '5');
      await world.pass(80_000);
      expect(node.queues.orphans()).toEqual([orphan]);
      expect(node.log.messages('warn')).toHaveLength(1);
      const adopting = await world.start(saved, { partition: '1', adopts: true });
      await world.pass(15_000);
      expect(all(adopting.queue)).toEqual(['a']);
    });

    it('is left to an adopter that lives, or that was stopped just now', async () => {
      const world = new QueueWorld();
      await left(world, '7', ['a']);
      const adopter = await world.start(durable, { partition: '5' });
      await world.until(adopter.queue.add('k', 'own'));
      // It can't be read there.
      adopter.trouble.fail('STORE_REFUSED', { calls: ['read'] });
      await adopter.store.assign(address({ partition: '7' }), '5');
      const node = await world.start(durable, { adopts: true });
      await world.pass(120_000);
      expect(node.queues.orphans()).toEqual([]);
      await world.stop(adopter);
      await world.pass(45_000);
      expect(node.queues.orphans()).toEqual([]);
      expect(all(node.queue)).toEqual([]);
      await world.pass(150_000);
      expect(all(node.queue).toSorted()).toEqual(['a', 'own']);
    });

    it('to a partition that this node has adopted is served too', async () => {
      const world = new QueueWorld();
      await left(world, '7', ['a']);
      await left(world, '5', ['b']);
      const node = await world.start(saved);
      await node.store.assign(address({ partition: '7' }), '5');
      await node.store.assign(address({ partition: '5' }), '0');
      await world.pass(30_000);
      expect(all(node.queue)).toEqual(['b', 'a']);
    });
  });

  it('of a queue that no node has any more is shown, and not adopted', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a', 'b'], { ...saved, name: 'bills' });
    const other = await world.start({ ...saved, name: 'bills' }, { partition: '8' });
    const node = await world.start(saved, { adopts: true });
    await world.pass(90_000);
    expect(node.queues.orphans()).toEqual([]);
    world.kill(other);
    await world.pass(90_000);
    expect(node.queues.orphans()).toMatchObject([{ queue: 'bills', partition: '7', items: 2 }]);
    expect(node.log.messages('warn')).toContain(
      'mqueue: nobody serves these partitions: adopt them, start their node, or define their queue',
    );
  });

  it('that does not fit into memory is left as it is', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['x'.repeat(600), 'y'.repeat(600)]);
    const node = await world.start(saved, { adopts: true, totalBytes: 1_500 });
    await world.pass(90_000);
    expect(node.queue.stats()).toMatchObject({ size: 0, bytes: 0 });
    expect(node.log.messages('warn')).toContain('mqueue: a partition can not be adopted');
    expect(world.data.find(address({ partition: '7' }))?.items).toHaveLength(2);
  });

  it('is adopted by one of many nodes', async () => {
    const world = new QueueWorld();
    for (const partition of ['7', '8', '9']) await left(world, partition, [`of ${partition}`]);
    const nodes = await Promise.all(
      ['0', '1', '2', '3'].map((partition) => world.start(saved, { partition, adopts: true })),
    );
    await world.pass(180_000);
    expect(nodes.flatMap(({ queue }) => all(queue)).toSorted()).toEqual(['of 7', 'of 8', 'of 9']);
  });
});

describe('an adoption that takes long', () => {
  it('keeps no sign of life back: nobody takes the own partition away', async () => {
    const world = new QueueWorld();
    await left(world, '7', ['a'], durable);
    const node = await world.start(durable);
    await world.until(node.queue.add('k', 'own'));
    await node.store.assign(address({ partition: '7' }), '0');
    node.trouble.hold('read');
    await world.pass(15_000);
    expect(node.trouble.waiting).toEqual(['read']);
    const other = await world.start(durable, { partition: '1', adopts: true });
    await world.pass(180_000);
    expect(all(other.queue)).toEqual([]);
    expect(node.queues.states()[0]?.state).toBe('ready');
    node.trouble.resume();
    await world.pass(1_000);
    expect(all(node.queue)).toEqual(['own', 'a']);
  });

  it('of many pages gives signs of life for what it reads', async () => {
    const texts = Array.from({ length: 3_000 }, (_, index) => String(index));
    const world = new QueueWorld();
    await left(world, '7', texts);
    const node = await world.start(saved, { adopts: true });
    node.trouble.hold('read');
    await world.pass(75_000);
    const other = await world.start(saved, { partition: '1', adopts: true });
    for (let page = 0; page < 3; page++) {
      await world.pass(45_000);
      expect(node.trouble.waiting).toEqual(['read']);
      node.trouble.resume();
      node.trouble.hold('read');
    }
    node.trouble.resume();
    await world.pass(1_000);
    expect(all(node.queue)).toEqual(texts);
    expect(all(other.queue)).toEqual([]);
  });

  it('is not followed by one of a partition that has its owner again meanwhile', async () => {
    const world = new QueueWorld();
    const node = await world.start(saved);
    for (const partition of ['7', '8']) {
      await left(world, partition, [`of ${partition}`]);
      await node.store.assign(address({ partition }), '0');
    }
    node.trouble.hold('read');
    await world.pass(15_000);
    const owner = await world.start(saved, { partition: '8' });
    await world.pass(15_000);
    node.trouble.resume();
    await world.pass(30_000);
    expect(all(node.queue)).toEqual(['of 7']);
    expect(all(owner.queue)).toEqual(['of 8']);
    expect(owner.queues.states()[0]?.state).toBe('ready');
  });
});
