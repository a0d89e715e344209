import { describe, expect, it } from 'vitest';
import { all, definition, durable, QueueWorld, saved, value } from './queue-world.ts';

describe.each([
  ['in memory', {}],
  ['with durability always', durable],
])('a lease %s', (_, mode) => {
  const leased = { ...mode, leaseMs: 10_000 };

  async function withItem(changes = {}) {
    const world = new QueueWorld();
    const node = await world.start({ ...leased, ...changes });
    await world.until(node.queue.add('k', '1'));
    const item = await world.until(node.queue.fetch());
    return { world, ...node, item: item! };
  }

  it('that is acknowledged removes the item for good', async () => {
    const { world, queue, item } = await withItem();
    expect(queue.stats()).toMatchObject({ size: 0, leased: 1 });
    expect(await world.until(item.ack())).toBe(true);
    expect(queue.stats()).toMatchObject({ size: 0, leased: 0, bytes: 0, acked: 1 });
    await world.pass(20_000);
    expect(queue.size()).toBe(0);
  });

  it('says when it ends', async () => {
    const { world, queue, item } = await withItem();
    expect(item.leasedUntil).toBe(item.addedAt + 10_000);
    await world.pass(10_000);
    const again = await world.until(queue.fetch());
    expect(again?.leasedUntil).toBe(item.addedAt + 20_000);
  });

  it('that ends gives the item out again, in its place, with a higher count', async () => {
    const { world, queue, item, counters } = await withItem();
    await world.until(queue.add('k', '2'));
    expect(item.deliveries).toBe(1);
    await world.pass(10_000);
    expect(all(queue)).toEqual(['1', '2']);
    const again = await world.until(queue.fetch());
    expect([value(again), again?.deliveries, again?.id]).toEqual(['1', 2, item.id]);
    expect(item.deliveries).toBe(1);
    expect(queue.stats().redelivered).toBe(1);
    expect(counters.value('mqueue_redelivered')).toBe(1);
  });

  it('that has ended speaks for nobody: not for whoever has the item now', async () => {
    const { world, queue, item } = await withItem();
    await world.pass(10_000);
    const again = await world.until(queue.fetch());
    expect(await item.ack()).toBe(false);
    expect(await item.nack()).toBe(false);
    expect(queue.stats().leased).toBe(1);
    expect(await world.until(again!.ack())).toBe(true);
    expect(await world.until(again!.ack())).toBe(false);
  });

  it('that is given back puts the item in front again, or after a delay', async () => {
    const { world, queue, item } = await withItem();
    await world.until(queue.add('k', '2'));
    expect(await item.nack()).toBe(true);
    expect(await item.nack()).toBe(false);
    const again = await world.until(queue.fetch());
    expect(value(again)).toBe('1');
    expect(await again?.nack({ delayMs: 500 })).toBe(true);
    expect(all(queue)).toEqual(['2']);
    await world.pass(500);
    await world.until(queue.fetch());
    expect(value(await world.until(queue.fetch()))).toBe('1');
  });

  it('of which nobody has seen the item is given back without a delivery', async () => {
    const { world, queue, item, ...node } = await withItem({ maxDeliveries: 1 });
    expect(await item.nack({ counts: false })).toBe(true);
    const again = await world.until(queue.fetch());
    expect([value(again), again?.deliveries, again?.id]).toEqual(['1', 1, item.id]);
    expect(await again!.nack({ counts: false, delayMs: 500 })).toBe(true);
    await world.until(queue.settled());
    if (mode !== durable) return;
    world.kill({ queue, ...node });
    const next = await world.start({ ...leased, maxDeliveries: 1 });
    await world.pass(500);
    expect((await world.until(next.queue.fetch()))?.deliveries).toBe(1);
  });

  it('keeps the key of the item taken', async () => {
    const { world, queue } = await withItem({ addMode: 'keep_old' });
    expect((await world.until(queue.add('k', '2'))).outcome).toBe('kept');
  });

  it('of an item that is replaced or cleared is over', async () => {
    const { world, queue, item } = await withItem({ addMode: 'replace' });
    expect((await world.until(queue.add('k', '2'))).outcome).toBe('replaced');
    expect(await item.ack()).toBe(false);
    const other = await world.until(queue.fetch());
    expect(await world.until(queue.clear())).toBe(1);
    expect(await other?.nack()).toBe(false);
    await world.pass(20_000);
    expect(queue.size()).toBe(0);
  });

  it('is over when the node stops', async () => {
    const { world, queue, queues, item } = await withItem();
    await world.stop({ queues } as never);
    expect(await item.ack()).toBe(false);
    expect(queue.stats().leased).toBe(1);
  });
});

describe('without a lease', () => {
  it('there is nothing to acknowledge and nothing to give back', async () => {
    const { queue } = await new QueueWorld().start();
    await queue.add('k', '1');
    const item = await queue.fetch();
    expect([await item?.ack(), await item?.nack(), item?.deliveries]).toEqual([true, false, 0]);
    expect(item?.leasedUntil).toBeUndefined();
  });
});

describe.each([
  ['in memory', {}],
  ['with durability always', durable],
])('an item that nobody acknowledges %s', (_, mode) => {
  const tried = { ...mode, leaseMs: 1_000, maxDeliveries: 2 };

  function worldOf(deadLetter: string | undefined) {
    const world = new QueueWorld();
    const dead = definition({ name: 'dead', ...mode });
    const node = world.node([definition({ ...tried, deadLetter }), dead]);
    node.queues.start();
    return { world, ...node, dead: node.queues.get('dead') };
  }

  it.each(['its leases end', 'it is given back'])('goes to the dead-letter queue when %s', async (how) => {
    const { world, queue, dead, counters, queues } = worldOf('dead');
    await world.until(queues.ready());
    await world.until(queue.add('key', '1'));
    await world.until(queue.add('key', '2'));
    for (let delivery = 1; delivery <= 2; delivery++) {
      const item = await world.until(queue.fetch());
      expect([value(item), item?.deliveries]).toEqual(['1', delivery]);
      if (how === 'it is given back') await item?.nack();
      await world.pass(1_000);
    }
    expect(all(queue)).toEqual(['2']);
    expect(all(dead)).toEqual(['1']);
    expect(dead.peek().items[0]?.keyText()).toBe('key');
    expect(queue.stats().deadLettered).toBe(1);
    expect(counters.value('mqueue_dead_lettered')).toBe(1);
    await world.stop({ queues } as never);
  });

  it('is dropped and counted where there is no dead-letter queue', async () => {
    const { world, queue, queues } = worldOf(undefined);
    await world.until(queues.ready());
    await world.until(queue.add('key', '1'));
    for (let delivery = 1; delivery <= 2; delivery++) {
      await world.until(queue.fetch());
      await world.pass(1_000);
    }
    expect(queue.stats()).toMatchObject({ size: 0, leased: 0, bytes: 0, deadLettered: 1 });
  });
});

it('a dead letter waits for a dead-letter queue that is full, and is saved with its queue', async () => {
  const world = new QueueWorld();
  const tried = definition({ ...durable, leaseMs: 1_000, maxDeliveries: 1, deadLetter: 'dead' });
  const dead = definition({ ...durable, name: 'dead', size: 1 });
  const node = world.node([tried, dead]);
  node.queues.start();
  await world.until(node.queues.ready());
  await world.until(node.queues.get('dead').add('k', 'first'));
  await world.until(node.queue.add('k', '1'));
  await world.until(node.queue.fetch());
  await world.pass(1_000);
  expect(node.queue.size()).toBe(0);
  expect(node.log.messages('warn')).toEqual(['mqueue: a dead letter waits']);
  await world.stop(node);

  const next = world.node([tried, dead]);
  next.queues.start();
  await world.until(next.queues.ready());
  expect(next.queue.stats()).toMatchObject({ size: 0, leased: 1 });
  await world.until(next.queues.get('dead').fetch());
  await world.pass(6_000);
  expect(all(next.queues.get('dead'))).toEqual(['1']);
});

describe('an item that had all its deliveries when its process ended', () => {
  const tried = { leaseMs: 600_000, maxDeliveries: 1 };

  function next(world: QueueWorld, changes: object, parts = {}) {
    const node = world.node([definition({ ...tried, ...changes }), definition({ name: 'dead' })], parts);
    node.queues.start();
    return { ...node, dead: node.queues.get('dead') };
  }

  it.each([
    ['killed', durable],
    ['stopped', durable],
    ['stopped', saved],
  ])('(%s, %o) goes to the dead letters at the next start', async (end, mode) => {
    const world = new QueueWorld();
    const node = await world.start({ ...tried, ...mode });
    for (const text of ['1', '2']) await world.until(node.queue.add('k', text));
    await world.until(node.queue.fetch());
    if (end === 'killed') world.kill(node);
    else await world.stop(node);
    const { queue, queues, dead } = next(world, { ...mode, deadLetter: 'dead' });
    await world.until(queues.ready());
    await world.pass(0);
    expect([all(queue), all(dead)]).toEqual([['2'], ['1']]);
    expect(queue.stats()).toMatchObject({ leased: 0, deadLettered: 1 });
  });

  it('is dropped and counted where there is no dead-letter queue, for good', async () => {
    const world = new QueueWorld();
    let node = await world.start({ ...tried, ...durable });
    await world.until(node.queue.add('k', '1'));
    await world.until(node.queue.fetch());
    world.kill(node);
    node = await world.start({ ...tried, ...durable });
    expect(await world.until(node.queue.fetch())).toBeUndefined();
    expect(node.queue.stats()).toMatchObject({ size: 0, leased: 0, bytes: 0, deadLettered: 1 });
    await world.until(node.queue.settled());
    world.kill(node);
    expect(await world.content({ ...durable })).toEqual([]);
  });

  it('goes there from an adopted partition too, which then is empty', async () => {
    const world = new QueueWorld();
    const left = await world.start({ ...tried, ...durable }, { partition: '7' });
    await world.until(left.queue.add('k', '1'));
    await world.until(left.queue.fetch());
    world.kill(left);
    const { queues, dead, log } = next(world, { ...durable, deadLetter: 'dead' }, { adopts: true });
    await world.until(queues.ready());
    await world.pass(120_000);
    expect(all(dead)).toEqual(['1']);
    expect(log.messages('info')).toContain('mqueue: adopted partition is empty');
  });

  it('goes there when it is due, where it was delayed under a higher max_deliveries', async () => {
    const world = new QueueWorld();
    const node = await world.start({ ...tried, ...durable, maxDeliveries: 2 });
    for (const text of ['1', '2']) await world.until(node.queue.add('k', text));
    const item = await world.until(node.queue.fetch());
    await item?.nack({ delayMs: 30_000 });
    await world.stop(node);
    const { queue, queues, dead } = next(world, { ...durable, deadLetter: 'dead' });
    await world.until(queues.ready());
    await world.pass(30_000);
    expect(value(await world.until(queue.fetch()))).toBe('2');
    expect(await world.until(queue.fetch())).toBeUndefined();
    await world.pass(0);
    expect(all(dead)).toEqual(['1']);
  });

  it('waits for a dead-letter queue that is still being read, without a warning', async () => {
    const world = new QueueWorld();
    const both = [definition({ ...durable, ...tried, deadLetter: 'dead' }), definition({ ...durable, name: 'dead' })];
    let node = world.node(both);
    const begin = async (): Promise<void> => {
      node.queues.start();
      await world.until(node.queues.ready());
    };
    await begin();
    // What is in a generation takes longer to be read than what is in a journal.
    await world.until(node.queues.get('dead').add('k', 'first'));
    await world.stop(node);
    node = world.node(both);
    await begin();
    await world.until(node.queue.add('k', '1'));
    await world.until(node.queue.fetch());
    world.kill(node);
    node = world.node(both);
    await begin();
    await world.pass(0);
    expect(all(node.queues.get('dead'))).toEqual(['first', '1']);
    expect(node.log.messages()).not.toContain('mqueue: a dead letter waits');
  });
});

it('dead letters that wait count in their queue, which takes no more than its limits allow', async () => {
  const world = new QueueWorld();
  const tried = definition({ ...durable, size: 10, leaseMs: 1_000, maxDeliveries: 1, deadLetter: 'dead' });
  const node = world.node([tried, definition({ ...durable, name: 'dead', size: 1 })]);
  node.queues.start();
  await world.until(node.queues.ready());
  const { queue } = node;
  const dead = node.queues.get('dead');
  await world.until(dead.add('k', 'first'));
  for (let index = 0; index < 10; index++) {
    await world.until(queue.add('k', String(index)));
    await world.until(queue.fetch());
    await world.pass(1_000);
  }
  expect(queue.stats()).toMatchObject({ size: 0, leased: 10, deadLettered: 0 });
  expect(queue.stats().bytes).toBeGreaterThan(0);
  await expect(world.until(queue.add('k', 'more'))).rejects.toMatchObject({ code: 'QUEUE_FULL' });
  expect(node.log.messages('warn')).toEqual(['mqueue: a dead letter waits']);
  for (let index = 0; index < 10; index++) {
    await world.until(dead.fetch());
    await world.pass(6_000);
    expect(all(dead)).toEqual([String(index)]);
  }
  expect(queue.stats()).toMatchObject({ leased: 0, bytes: 0, deadLettered: 10 });
});

describe('a dead letter whose dead-letter queue has an outage of the store', () => {
  async function inDoubt(kind: 'STORE_UNAVAILABLE' | 'STORE_REFUSED' | 'REPLY_LOST') {
    const world = new QueueWorld();
    const tried = definition({ ...saved, leaseMs: 2_000, maxDeliveries: 1, deadLetter: 'dead' });
    const dead = definition({ ...durable, name: 'dead' });
    const node = world.node([tried, dead]);
    node.queues.start();
    await world.until(node.queues.ready());
    for (const text of ['1', '2']) await world.until(node.queue.add('k', text));
    for (let index = 0; index < 2; index++) await world.until(node.queue.fetch());
    node.trouble.fail(kind, { calls: ['append'] });
    await world.pass(30_000);
    return { world, ...node, node, dead: node.queues.get('dead') };
  }

  it.each(['STORE_UNAVAILABLE', 'STORE_REFUSED', 'REPLY_LOST'] as const)(
    '(%s) is there once when that is over',
    async (kind) => {
      const { world, node, queue, dead, trouble, log } = await inDoubt(kind);
      expect(queue.stats()).toMatchObject({ size: 0, leased: 2, deadLettered: 0 });
      expect(log.messages('warn')).toContain('mqueue: a dead letter waits');
      trouble.heal();
      await world.pass(10_000);
      expect(all(dead)).toEqual(['1', '2']);
      expect(queue.stats()).toMatchObject({ leased: 0, deadLettered: 2 });
      world.kill(node);
      expect(await world.content({ ...durable, name: 'dead' })).toEqual(['1', '2']);
    },
  );

  it('is with its own queue when the node stops meanwhile', async () => {
    const { world, node } = await inDoubt('STORE_UNAVAILABLE');
    const stopping = node.queues.stop(10_000);
    await world.until(stopping);
    expect(await world.content(saved)).toEqual(['1', '2']);
  });
});

it('a dead letter that is larger than the dead-letter queue may be stays lent, is said once, and the others go on', async () => {
  const world = new QueueWorld();
  const tried = definition({ ...durable, leaseMs: 1_000, maxDeliveries: 1, deadLetter: 'dead' });
  const dead = definition({ ...durable, name: 'dead', maxBytes: 1_000 });
  const node = world.node([tried, dead]);
  node.queues.start();
  await world.until(node.queues.ready());
  const large = await world.until(node.queue.add('k', 'x'.repeat(2_000)));
  for (const text of ['1', '2']) await world.until(node.queue.add('k', text));
  for (let index = 0; index < 3; index++) await world.until(node.queue.fetch());
  await world.pass(61_000);
  expect(all(node.queues.get('dead'))).toEqual(['1', '2']);
  expect(node.queue.stats()).toMatchObject({ size: 0, leased: 1, deadLettered: 2 });
  expect(node.log.messages('error')).toEqual(['mqueue: a dead letter does not fit into its queue']);
  expect(node.log.lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
    queue: 'calls',
    item: large.id,
    dead_letter: 'dead',
  });
  expect(await world.until(node.queue.clear())).toBe(1);
});

describe('dead letters that wait', () => {
  /** `1` and `2` are dead letters, and their queue is full. */
  async function waiting(changes = {}, partition = '0') {
    const world = new QueueWorld();
    const tried = { ...durable, leaseMs: 1_000, maxDeliveries: 1, ...changes };
    const left = await world.start(tried, { partition });
    for (const text of ['1', '2']) await world.until(left.queue.add(text, text));
    for (let index = 0; index < 2; index++) await world.until(left.queue.fetch());
    world.kill(left);
    const full = { ...durable, name: 'dead', size: 1 };
    const before = await world.start(full);
    await world.until(before.queue.add('k', 'first'));
    world.kill(before);
    const definitions = [definition({ ...tried, deadLetter: 'dead' }), definition(full)];
    const node = world.node(definitions, { adopts: true });
    node.queues.start();
    await world.until(node.queues.ready());
    return { world, ...node, dead: node.queues.get('dead') };
  }

  it('are gone when their queue is cleared', async () => {
    const { world, queue, dead } = await waiting();
    await world.pass(1_000);
    expect(queue.stats().leased).toBe(2);
    expect(await world.until(queue.clear())).toBe(2);
    await world.until(dead.fetch());
    await world.pass(6_000);
    expect(queue.stats()).toMatchObject({ leased: 0, bytes: 0, deadLettered: 0 });
    expect(all(dead)).toEqual([]);
  });

  it('are gone when they are replaced', async () => {
    const { world, queue, dead } = await waiting({ addMode: 'replace' });
    await world.until(queue.add('1', 'in its place'));
    await world.until(dead.fetch());
    await world.pass(11_000);
    expect(all(dead)).toEqual(['2']);
    expect(all(queue)).toEqual(['in its place']);
    expect(queue.stats()).toMatchObject({ leased: 0, deadLettered: 1 });
  });

  it('are gone when their partition belongs to somebody else again', async () => {
    const { world, queue, dead } = await waiting({}, '7');
    await world.pass(120_000);
    expect(queue.stats().leased).toBe(2);
    const owner = await world.start({ ...durable }, { partition: '7' });
    await world.pass(20_000);
    expect(queue.stats().leased).toBe(0);
    await world.until(dead.fetch());
    await world.pass(6_000);
    expect(all(dead)).toEqual([]);
    expect(all(owner.queue)).toEqual(['1', '2']);
  });
});

it('with durability always a delay that an item was given back with outlives a crash, in the journal and in a generation', async () => {
  const world = new QueueWorld();
  const lent = { ...durable, leaseMs: 60_000 };
  let node = await world.start(lent);
  await world.until(node.queue.add('k', 'of the generation'));
  await world.stop(node);
  node = await world.start(lent);
  await world.until(node.queue.add('k', 'of the journal'));
  for (let index = 0; index < 2; index++) {
    const item = await world.until(node.queue.fetch());
    await world.until(item!.nack({ delayMs: 100_000 }));
  }
  await world.until(node.queue.settled());
  world.kill(node);
  node = await world.start(lent);
  expect(node.queue.stats()).toMatchObject({ size: 0, delayed: 2 });
  await world.pass(100_000);
  expect(all(node.queue)).toEqual(['of the generation', 'of the journal']);
});
