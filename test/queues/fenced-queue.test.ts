import { describe, expect, it } from 'vitest';
import { all, definition, durable, type QueueNode, QueueWorld, saved, value } from './queue-world.ts';
import { address } from './store-content.ts';

/** Two processes that think that the same partition is theirs: the second one has claimed it last. */
async function rivals(changes: typeof saved | typeof durable, ...texts: readonly string[]) {
  const world = new QueueWorld();
  const before = await world.start(changes);
  await world.until(Promise.all(texts.map((text) => before.queue.add(text, text))));
  await world.stop(before);
  const first = await world.start(changes);
  const second = await world.start(changes);
  return { world, first, second };
}

const state = ({ queues }: QueueNode) => queues.states()[0]!;

describe('a process whose queue another one has claimed', () => {
  it('notices it at its next call, says who, and does no more', async () => {
    const { world, first } = await rivals(durable, '1');
    await expect(world.until(first.queue.add('k', '2'))).rejects.toMatchObject({ code: 'QUEUE_FENCED' });
    expect(state(first)).toMatchObject({ state: 'fenced', why: expect.stringContaining('process-3') });
    await expect(first.queue.add('k', '2')).rejects.toMatchObject({ code: 'QUEUE_FENCED' });
    await expect(first.queue.fetch()).rejects.toMatchObject({ code: 'QUEUE_FENCED' });
    expect(first.log.messages('error')).toEqual(['mqueue: another process has claimed the queue']);
  });

  it('is named by that one, which can not know whether it lives', async () => {
    const { second } = await rivals(durable);
    expect(second.log.lines).toContainEqual({
      level: 'warn',
      message:
        'mqueue: the owner of this queue gave a sign of life a moment ago and has lost it to this node: it was killed, or two nodes have the same partition',
      fields: { ...address(), owner: 'process-2', quiet_ms: 0 },
    });
  });

  it('is not named when it has given the queue up, or has been quiet', async () => {
    const world = new QueueWorld();
    await world.stop(await world.start(saved));
    const killed = await world.start(saved);
    expect(killed.log.messages('warn')).toEqual([]);
    world.kill(killed);
    await world.pass(20_000);
    const next = await world.start(saved);
    expect(next.log.messages('warn')).toEqual([]);
  });

  it('notices it also when it has nothing to say, within seconds; those who wait get nothing', async () => {
    const { world, first } = await rivals(saved);
    const waiting = first.queue.waitFetch();
    await world.pass(15_000);
    expect(state(first).state).toBe('fenced');
    expect(await waiting).toBeUndefined();
    await expect(first.queue.waitFetch()).rejects.toMatchObject({ code: 'QUEUE_FENCED' });
  });

  it('while it was reading does not claim it back', async () => {
    const { world } = await rivals(saved, '1');
    const first = world.node([definition(saved)]);
    first.trouble.hold('moveCursor', 'read');
    first.queues.start();
    await world.pass(10);
    const second = await world.start(saved);
    first.trouble.resume();
    await world.pass(60_000);
    expect(first.store.calls.filter((call) => call === 'claim')).toHaveLength(1);
    expect(state(second).state).toBe('ready');
    expect(all(second.queue)).toEqual(['1']);
    await expect(first.queues.ready()).rejects.toMatchObject({ code: 'QUEUE_FENCED' });
  });

  it('leaves at the stop only what was added by itself, beside the queue, and the other adopts it', async () => {
    const { world, first, second } = await rivals(saved, 'old 1', 'old 2');
    await first.queue.add('k', 'mine 1');
    await first.queue.add('k', 'mine 2');
    await first.queue.fetch();
    expect(await world.stop(first)).toEqual({ spilled: [], lost: [], fenced: ['calls'] });
    expect(first.log.lines.at(-1)).toMatchObject({ level: 'error', fields: { items: 2, adopter: '0' } });
    expect(all(second.queue)).toEqual(['old 1', 'old 2']);
    await world.pass(15_000);
    expect(all(second.queue)).toEqual(['old 1', 'old 2', 'mine 1', 'mine 2']);
    expect(second.log.messages('info')).toContain('mqueue: partition adopted');
    for (let index = 0; index < 4; index++) await second.queue.fetch();
    await world.pass(1_000);
    // What was beside it is gone when it is empty.
    expect([...world.data.partitions.keys()]).toHaveLength(1);
    expect(await world.stop(second)).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await world.content()).toEqual([]);
  });

  it('leaves it once, also when the other adopts it before it is given up', async () => {
    const { world, first, second } = await rivals(saved);
    await first.queue.add('k', 'mine');
    first.trouble.hold('release');
    const stopping = world.stop(first);
    await world.pass(15_000);
    first.trouble.resume();
    expect(await stopping).toEqual({ spilled: [], lost: [], fenced: ['calls'] });
    expect(all(second.queue)).toEqual(['mine']);
    expect(world.disk.partitions.size).toBe(0);
  });

  it('whose word that it gives that up fails leaves it once too', async () => {
    const { world, first, second } = await rivals(saved);
    await first.queue.add('k', 'mine');
    first.trouble.fail('STORE_REFUSED', { calls: ['release'] });
    expect(await world.stop(first)).toEqual({ spilled: [], lost: [], fenced: ['calls'] });
    expect(world.disk.partitions.size).toBe(0);
    await world.pass(15_000);
    expect(all(second.queue)).toEqual(['mine']);
  });

  it('that added nothing leaves nothing', async () => {
    const { world, first, second } = await rivals(saved, '1');
    expect(await world.stop(first)).toEqual({ spilled: [], lost: [], fenced: ['calls'] });
    expect([...world.data.partitions.values()].map(({ owner }) => owner)).toEqual(['process-3']);
    expect(all(second.queue)).toEqual(['1']);
  });

  it('with durability always leaves nothing: what was acknowledged is in the journal of the other', async () => {
    const { world, first } = await rivals(durable);
    const third = await world.start(durable);
    await world.until(third.queue.add('k', '1'));
    const fourth = await world.start(durable);
    expect(await world.stop(third)).toEqual({ spilled: [], lost: [], fenced: ['calls'] });
    expect(all(fourth.queue)).toEqual(['1']);
    expect(world.data.partitions.size).toBe(1);
    expect(state(first).state).toBe('ready');
  });

  it('with durability always and nothing in the journal says so at the stop as well', async () => {
    const { world, first } = await rivals(durable, '1');
    await world.pass(15_000);
    expect(await world.stop(first)).toEqual({ spilled: [], lost: [], fenced: ['calls'] });
  });

  it('puts what it added into the spill when the store is away as well', async () => {
    const { world, first, second } = await rivals(saved, 'old');
    await first.queue.add('k', 'mine');
    await world.pass(15_000);
    expect(state(first).state).toBe('fenced');
    first.trouble.fail('STORE_UNAVAILABLE');
    expect(await world.stop(first, 3_000)).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    await second.queue.add('k', 'other');
    await world.stop(second);
    expect(await world.content()).toEqual(['old', 'other', 'mine']);
  });
});

it('two processes that fence each other never give one stored item twice with durability always', async () => {
  const texts = Array.from({ length: 20 }, (_, index) => String(index));
  const { world, first, second } = await rivals(durable, ...texts);
  const got: (string | undefined)[] = [];
  for (const node of [first, second, first, second]) {
    await world.until(node.queue.fetch()).then(
      (item) => got.push(value(item)),
      () => {},
    );
  }
  expect(got).toEqual(['0', '1']);
  expect(world.data.find(address())?.owner).toBe('process-3');
});
