import { describe, expect, it } from 'vitest';
import type { MemoryPartition } from '../fakes/memory-queue-data.ts';
import { all, definition, durable, type QueueNode, QueueWorld, saved, value } from './queue-world.ts';
import { address } from './store-content.ts';

const save = { dbMode: 'save', durability: 'stop' } as const;

async function add(node: QueueNode, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await node.queue.add(text, text);
}

/** A process whose store goes away before its stop. */
async function spilled(...texts: readonly string[]) {
  const world = new QueueWorld();
  const before = await world.start(saved);
  await add(before, 'old 1', 'old 2', 'old 3');
  await world.stop(before);
  const node = await world.start(saved);
  await add(node, ...texts);
  await node.queue.fetch();
  await node.queue.settled();
  return { world, node };
}

describe('a queue whose store is away at the stop', () => {
  it('lies in the spill, and the next start brings it to the store before anything else', async () => {
    const { world, node } = await spilled('new 1', 'new 2');
    node.trouble.fail('STORE_UNAVAILABLE');
    const begun = world.clock.now();
    expect(await world.stop(node, 5_000)).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    expect(world.clock.now() - begun).toBeLessThanOrEqual(5_100);
    expect(node.log.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'mqueue: the store did not take the queue: it is in the spill for the next start',
      fields: { queue: 'calls', items: 4 },
    });
    expect(world.disk.partitions.size).toBe(1);
    const next = await world.start(saved);
    expect(all(next.queue)).toEqual(['old 2', 'old 3', 'new 1', 'new 2']);
    expect(world.disk.partitions.size).toBe(0);
    world.kill(next);
    expect(await world.content()).toEqual(['old 2', 'old 3', 'new 1', 'new 2']);
  });

  it('is not doubled when the save had arrived after all', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('REPLY_LOST', { calls: ['commit'], times: 1 });
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['commit'] });
    expect(await world.stop(node, 5_000)).toMatchObject({ spilled: ['calls'] });
    const next = await world.start(saved);
    expect(next.log.messages('info')).toContain('mqueue: the last save did arrive, the spilled copy is not needed');
    expect(all(next.queue)).toEqual(['old 2', 'old 3', 'new']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('is not doubled when the save arrives late, while or after the spill is written', async () => {
    const { world, node } = await spilled('new');
    node.trouble.hold('commit');
    expect(await world.stop(node, 5_000)).toMatchObject({ spilled: ['calls'] });
    // The close lets the call go: it reaches a closed store here, so it is carried out by hand.
    expect(all((await world.start(saved)).queue)).toEqual(['old 2', 'old 3', 'new']);
  });

  it('that was claimed by another process meanwhile adds only what was added by itself', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    const elsewhere = await world.start(saved, { spillStore: undefined });
    expect(all(elsewhere.queue)).toEqual(['old 2', 'old 3']);
    await elsewhere.queue.fetch();
    await add(elsewhere, 'other');
    await world.stop(elsewhere);
    const next = await world.start(saved);
    expect(all(next.queue)).toEqual(['old 3', 'other', 'new']);
    world.kill(next);
    expect(await world.content()).toEqual(['old 3', 'other', 'new']);
  });

  it.each(['claim', 'read', 'stage', 'commit'] as const)(
    'is brought over once, however often the start fails or dies at %s',
    async (call) => {
      const { world, node } = await spilled('new');
      node.trouble.fail('STORE_UNAVAILABLE');
      await world.stop(node, 5_000);
      const dying = world.node([definition(saved)]);
      dying.trouble.fail('STORE_UNAVAILABLE', { calls: [call] });
      dying.queues.start();
      await world.pass(500);
      dying.trouble.heal();
      await world.until(dying.queues.ready());
      expect(all(dying.queue)).toEqual(['old 2', 'old 3', 'new']);
    },
  );

  it('is brought over once when the process dies between the commit and the end of the spill', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    const dying = world.node([definition(saved)]);
    dying.spill.trouble.fail('STORE_UNAVAILABLE', { calls: ['commit'] });
    dying.queues.start();
    await world.pass(1_000);
    expect(dying.store.calls).toContain('commit');
    world.kill(dying);
    expect(all((await world.start(saved)).queue)).toEqual(['old 2', 'old 3', 'new']);
  });

  it('of which only a part was to be taken is taken once, too', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    const elsewhere = await world.start(saved, { spillStore: undefined });
    await add(elsewhere, 'other');
    await world.stop(elsewhere);
    const dying = world.node([definition(saved)]);
    dying.spill.trouble.fail('STORE_UNAVAILABLE', { calls: ['commit'] });
    dying.queues.start();
    await world.pass(1_000);
    expect(dying.store.calls).toContain('commit');
    world.kill(dying);
    expect(all((await world.start(saved)).queue)).toEqual(['old 2', 'old 3', 'other', 'new']);
  });

  it('stays where it is, and is not served, as long as it can not be read', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    const next = world.node([definition(saved)]);
    next.spill.trouble.fail('STORE_CORRUPT', { calls: ['read'] });
    next.queues.start();
    await world.pass(1_000);
    expect(next.queues.states()[0]).toMatchObject({ state: 'failed' });
    await world.stop(next);
    expect(all((await world.start(saved)).queue)).toEqual(['old 2', 'old 3', 'new']);
  });

  it('is lost, and named, when there is no spill or it fails too', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    node.spill.trouble.fail('STORE_REFUSED');
    expect(await world.stop(node, 5_000)).toEqual({ spilled: [], lost: ['calls'], fenced: [] });
    expect(node.log.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'mqueue: items are lost',
      fields: { items: 3 },
    });
    const other = await world.start(saved, { spillStore: undefined });
    await add(other, 'more');
    other.trouble.fail('STORE_UNAVAILABLE');
    expect(await world.stop(other, 5_000)).toEqual({ spilled: [], lost: ['calls'], fenced: [] });
  });

  it('that refuses it to the end is spilled too', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_REFUSED', { calls: ['stage', 'commit'] });
    expect(await world.stop(node, 5_000)).toMatchObject({ spilled: ['calls'] });
    expect(await world.content()).toEqual(['old 2', 'old 3', 'new']);
  });

  it('is spilled in time when a call hangs', async () => {
    const { world, node } = await spilled('new');
    node.trouble.hold('stage');
    const begun = world.clock.now();
    expect(await world.stop(node, 5_000)).toMatchObject({ spilled: ['calls'] });
    expect(world.clock.now() - begun).toBeLessThanOrEqual(5_100);
    expect(await world.content()).toEqual(['old 2', 'old 3', 'new']);
  });

  it('is spilled too when it is empty: the old one does not return', async () => {
    const { world, node } = await spilled();
    await node.queue.fetch();
    node.trouble.fail('STORE_UNAVAILABLE');
    await node.queue.fetch();
    expect(await world.stop(node, 5_000)).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    expect(await world.content()).toEqual([]);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('with nothing new is copied, for the case that the store comes back empty', async () => {
    const { world, node } = await spilled();
    node.trouble.fail('STORE_UNAVAILABLE');
    expect(await world.stop(node, 5_000)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(node.log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'mqueue: the store was away at the stop: a copy is in the spill, for the case that it comes back empty',
      fields: { queue: 'calls', copied: 2 },
    });
    world.data.partitions.clear();
    expect(await world.content()).toEqual(['old 2', 'old 3']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('with nothing new is not doubled when the store has it', async () => {
    const { world, node } = await spilled();
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    expect(await world.content()).toEqual(['old 2', 'old 3']);
  });

  it('with nothing new is not doubled when its next start has dbmode save', async () => {
    const { world, node } = await spilled();
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    const next = await world.start(save);
    await add(next, 'new');
    await world.stop(next);
    expect(await world.content()).toEqual(['old 2', 'old 3', 'new']);
  });

  it('with nothing new, and no folder for a copy, is as the store has it', async () => {
    const { world, node } = await spilled();
    node.trouble.fail('STORE_UNAVAILABLE');
    node.spill.trouble.fail('STORE_REFUSED');
    expect(await world.stop(node, 5_000)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(node.log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message:
        'mqueue: the store was away at the stop, and no copy could be made: what was fetched last may be fetched again',
    });
    expect(await world.content()).toEqual(['old 2', 'old 3']);
  });

  it('is brought over whole although processes die while they read the queue', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await node.queue.fetch();
    await world.stop(node, 5_000);
    for (const call of ['read', 'stage', 'commit'] as const) {
      const dying = world.node([definition(saved)]);
      dying.trouble.hold(call);
      dying.queues.start();
      await world.pass(100);
      world.kill(dying);
    }
    expect(await world.content()).toEqual(['old 3', 'new']);
  });

  it('is brought over whole into a store that has lost everything', async () => {
    const { world, node } = await spilled('new');
    node.trouble.fail('STORE_UNAVAILABLE');
    await world.stop(node, 5_000);
    world.data.partitions.clear();
    expect(await world.content()).toEqual(['old 2', 'old 3', 'new']);
  });
});

describe('a store that comes back as it once was', () => {
  it.each([
    ['stop', saved],
    ['always', durable],
  ] as const)('gets the spilled queue, of which it has only a part (durability %s)', async (_, mode) => {
    const world = new QueueWorld();
    const lives: [string, ...string[]][] = [
      ['1', '2'],
      ['3', '4'],
      ['5', '6'],
    ];
    let dump: MemoryPartition | undefined;
    for (const [index, texts] of lives.entries()) {
      const node = await world.start(mode);
      await world.until(Promise.all(texts.map((text) => node.queue.add('k', text))));
      if (index === 2) node.trouble.fail('STORE_UNAVAILABLE');
      expect(await world.stop(node, 5_000)).toMatchObject({ lost: [] });
      if (index === 0) dump = structuredClone(world.data.find(address()));
    }
    Object.assign(world.data.find(address())!, dump);
    expect(await world.content(mode)).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it.each([
    ['stop', saved],
    ['always', durable],
  ] as const)(
    'empty, and was served by others since, gets the spilled queue behind (durability %s)',
    async (_, mode) => {
      const world = new QueueWorld();
      const node = await world.start(mode);
      await world.until(node.queue.add('k', 'old'));
      node.trouble.fail('STORE_UNAVAILABLE');
      await world.stop(node, 5_000);
      world.data.lose();
      const elsewhere = await world.start(mode, { spillStore: undefined });
      await world.until(elsewhere.queue.add('k', 'new'));
      await world.stop(elsewhere);
      expect(await world.content(mode)).toEqual(['new', 'old']);
    },
  );
});

describe('with dbmode save', () => {
  it('what is spilled comes behind what is there, whoever has claimed it meanwhile, and over several stops', async () => {
    const world = new QueueWorld();
    for (const text of ['1', '2']) {
      const node = world.node([definition(save)]);
      node.trouble.fail('STORE_UNAVAILABLE');
      // The spill is looked for when the store is there; at the stop it has to be known.
      node.queues.start();
      await add(node, text);
      await world.pass(100);
      expect(await world.stop(node, 5_000)).toMatchObject({ spilled: ['calls'] });
    }
    const next = await world.start(save);
    await add(next, '3');
    await world.stop(next);
    expect(await world.content()).toEqual(['1', '2', '3']);
  });

  it('what is spilled comes before what is saved next, also when the start did not come so far', async () => {
    const world = new QueueWorld();
    const first = world.node([definition(save)]);
    first.trouble.fail('STORE_UNAVAILABLE');
    first.queues.start();
    await add(first, '1');
    expect(await world.stop(first, 5_000)).toMatchObject({ spilled: ['calls'] });
    const next = world.node([definition(save)]);
    next.trouble.fail('STORE_UNAVAILABLE', { calls: ['stage'] });
    next.queues.start();
    await add(next, '2');
    await world.pass(100);
    const stopping = next.queues.stop(5_000);
    await world.pass(100);
    next.trouble.heal();
    expect(await world.until(stopping)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await world.content()).toEqual(['1', '2']);
  });
});

describe('with durability always', () => {
  it('an item that nobody got although its removal is stored is spilled, and comes back', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    await world.until(Promise.all(['1', '2'].map((text) => node.queue.add('k', text))));
    node.trouble.hold('append');
    const waiting = node.queue.waitFetch({ signal: world.abortAfter(100) });
    await world.pass(100);
    expect(await waiting).toBeUndefined();
    // The removal goes in; that nobody got the item does not.
    node.trouble.resume();
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['append'] });
    expect(await world.stop(node, 5_000)).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    const next = await world.start(durable);
    expect(value(await world.until(next.queue.fetch()))).toBe('1');
    expect(value(await world.until(next.queue.fetch()))).toBe('2');
  });

  it('the only item is spilled too when nobody knows whether it was fetched', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    await world.until(node.queue.add('k', '1'));
    node.trouble.fail('REPLY_LOST', { calls: ['append'] });
    const fetching = node.queue.fetch().catch((error: Error) => error.message);
    expect(await world.stop(node, 5_000)).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    expect(await fetching).toContain('nothing was fetched');
    expect(value(await world.until((await world.start(durable)).queue.fetch()))).toBe('1');
  });

  it('what is in doubt is brought over although a process dies while it reads the queue', async () => {
    const { world, node } = await doubtful();
    expect(await world.stop(node, 5_000)).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    const dying = world.node([definition(durable)]);
    dying.trouble.hold('stage');
    dying.queues.start();
    await world.pass(100);
    world.kill(dying);
    expect(all((await world.start(durable)).queue)).toEqual(['1', '2']);
  });

  it('what was acknowledged is copied, for the case that the store comes back empty', async () => {
    const world = new QueueWorld();
    const node = await world.start(durable);
    await world.until(Promise.all(['1', '2', '3'].map((text) => node.queue.add('k', text))));
    await world.until(node.queue.fetch());
    node.trouble.fail('STORE_UNAVAILABLE');
    expect(await world.stop(node, 5_000)).toEqual({ spilled: [], lost: [], fenced: [] });
    world.data.partitions.clear();
    expect(all((await world.start(durable)).queue)).toEqual(['2', '3']);
  });

  it('nothing is brought over to a queue that somebody else has served since', async () => {
    const { world, node } = await doubtful();
    await world.stop(node, 5_000);
    const elsewhere = await world.start(durable, { spillStore: undefined });
    expect(all(elsewhere.queue)).toEqual(['2']);
    await world.until(elsewhere.queue.add('k', 'other'));
    await world.stop(elsewhere);
    const next = await world.start(durable);
    expect(all(next.queue)).toEqual(['2', 'other']);
    expect(next.log.messages('warn')).toEqual([
      'mqueue: somebody else has served a spilled queue: it is in the store, not the spilled copy',
    ]);
  });
});

/** Of two items the first was being fetched, its removal has arrived, and the store is away. */
async function doubtful() {
  const world = new QueueWorld();
  const node = await world.start(durable);
  await world.until(Promise.all(['1', '2'].map((text) => node.queue.add('k', text))));
  node.trouble.fail('REPLY_LOST', { calls: ['append'] });
  node.queue.fetch().catch(() => {});
  await world.pass(0);
  return { world, node };
}
