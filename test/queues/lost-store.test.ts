import { describe, expect, it } from 'vitest';
import { fate, restart, started, stored } from './durable-world.ts';
import { all, durable, QueueWorld, value } from './queue-world.ts';
import { address } from './store-content.ts';

describe('a store that has lost what it had acknowledged', () => {
  it('while a new generation is being written does not get one that mixes what was with what is', async () => {
    const { world, node, queue, trouble, add } = await started({}, { compactAbove: 10 });
    trouble.hold('stage');
    await add(...Array.from({ length: 8 }, (_, index) => String(index)));
    for (let index = 0; index < 3; index++) await world.until(queue.fetch());
    await world.pass(10);
    expect(trouble.waiting).toEqual(['stage']);
    const adding = fate(queue.add('k', '8'));
    world.data.find(address())!.journal.length = 3;
    trouble.resume();
    await world.pass(2_000);
    expect(adding.state).toBe('done');
    await world.until(queue.add('k', '9'));
    await world.until(queue.fetch());
    expect(all((await restart(world, node)).queue)).toEqual(['4', '5', '6', '7', '8', '9']);
  });

  it('and its epochs with it never gets two items of one name', async () => {
    const world = new QueueWorld();
    let node = await world.start(durable);
    for (const text of ['1', '2', '3']) {
      await world.until(node.queue.add('k', text));
      node = await restart(world, node);
    }
    Object.assign(world.data.find(address())!, { epoch: 0, journal: [], items: [] });
    node.trouble.fail('STORE_CORRUPT', { calls: ['append'], times: 1 });
    await world.until(node.queue.add('k', '4'));
    for (const text of ['5', '6']) {
      node = await restart(world, node);
      await world.until(node.queue.add('k', text));
    }
    const ids = node.queue.peek().items.map(({ id }) => id);
    expect(all(node.queue)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(new Set(ids).size).toBe(6);
  });

  it('and its epochs with it, and is away while they are counted up, never gets two items of one name', async () => {
    const world = new QueueWorld();
    let node = await world.start(durable);
    for (const text of ['1', '2', '3']) {
      await world.until(node.queue.add('k', text));
      node = await restart(world, node);
    }
    world.data.lose();
    node.trouble.hold('claim');
    const adding = node.queue.add('k', '4');
    await world.pass(1_000);
    node.trouble.resume();
    node.trouble.hold('claim');
    await world.pass(1_000);
    node.trouble.fail('STORE_UNAVAILABLE', { calls: ['claim'], times: 1 });
    node.trouble.resume();
    await world.until(adding);
    await world.until(node.queue.add('k', '5'));
    const ids = node.queue.peek().items.map(({ id }) => id);
    expect(world.data.find(address())?.epoch).toBe(5);
    expect(new Set(ids).size).toBe(5);
  });

  it('and fails while it is written anew gets it in the end; nobody is answered before', async () => {
    const { world, node, queue, trouble, add } = await started();
    await add('1', '2', '3');
    world.data.find(address())!.journal.length = 1;
    trouble.fail('STORE_UNAVAILABLE', { calls: ['claim'], times: 2 });
    trouble.fail('STORE_GAP', { calls: ['commit'], times: 2 });
    const adding = fate(queue.add('k', '4'));
    const fetching = fate(queue.fetch());
    await world.pass(100);
    expect([adding.state, fetching.state]).toEqual(['open', 'open']);
    await world.pass(5_000);
    expect([adding.state, value(fetching.result)]).toEqual(['done', '1']);
    expect(all((await restart(world, node)).queue)).toEqual(['2', '3', '4']);
  });

  it('is found by the sign of life too, and at the stop', async () => {
    const idle = await started();
    await idle.add('1', '2');
    idle.trouble.fail('STORE_CORRUPT', { calls: ['keepAlive'], times: 1 });
    idle.world.data.find(address())!.journal.length = 0;
    await idle.world.pass(15_000);
    expect(all((await restart(idle.world, idle.node)).queue)).toEqual(['1', '2']);

    const stopped = await started();
    await stopped.add('1', '2');
    const partition = stopped.world.data.find(address())!;
    partition.journal.length = 0;
    expect(await stopped.world.stop(stopped.node)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await stored(stopped.world)).toEqual(['1', '2']);
  });

  it.each(['a part of the journal', 'everything'])('(%s) gets everything anew from memory', async (what) => {
    const { world, node, queue, log, add } = await started();
    await add('1', '2', '3');
    const partition = world.data.find(address())!;
    if (what === 'everything') {
      // As Redis says it: not fenced, but gone.
      partition.items = [];
      partition.journal = [];
      partition.journalStart = 0;
      partition.generation = 0;
    } else {
      partition.journal.pop();
    }
    const adding = fate(queue.add('k', '4'));
    const fetching = fate(queue.fetch());
    await world.pass(1_000);
    expect(adding.state).toBe('done');
    expect(value(fetching.result)).toBe('1');
    expect(log.messages('error')).toEqual(['mqueue: the store has lost a queue, it is written anew from memory']);
    await add('5');
    expect(all((await restart(world, node)).queue)).toEqual(['2', '3', '4', '5']);
  });
});
