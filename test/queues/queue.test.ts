import { describe, expect, it } from 'vitest';
import type { Queue } from '../../src/queues/queue.ts';
import { QueueError } from '../../src/queues/queue-error.ts';
import { all, definition, QueueWorld, value } from './queue-world.ts';

describe('a queue', () => {
  it('gives what was added, oldest first', async () => {
    const { queue } = await new QueueWorld().start();
    await queue.add('a', '1');
    await queue.add('b', '2');
    const first = await queue.fetch();
    expect([first?.keyText(), first?.valueText()]).toEqual(['a', '1']);
    expect(value(await queue.fetch())).toBe('2');
    expect(await queue.fetch()).toBeUndefined();
  });

  it.each([
    ['empty', new Uint8Array(), new Uint8Array()],
    ['NUL', Uint8Array.of(0), Uint8Array.of(0, 0, 1)],
    ['invalid UTF-8', Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xc3, 0x28)],
    ['1 MB', new Uint8Array(10), new Uint8Array(1_048_576).fill(7)],
  ])('gives back keys and values as the same bytes: %s', async (_, key, bytes) => {
    const { queue } = await new QueueWorld().start();
    await queue.add(key, bytes);
    const item = await queue.fetch();
    expect(item?.key).toEqual(key);
    expect(Buffer.compare(item!.value, bytes)).toBe(0);
  });

  it.each([
    ['key', [1, 'v'], 'queue calls: the key has to be a string or a Uint8Array, not a number'],
    ['key', [null, 'v'], 'queue calls: the key has to be a string or a Uint8Array, not null'],
    ['value', ['k', {}], 'queue calls: the value has to be a string or a Uint8Array, not Object'],
    ['value', ['k', new Uint16Array(1)], 'queue calls: the value has to be a string or a Uint8Array, not Uint16Array'],
  ])('refuses a %s that is neither text nor bytes, and is as before', async (_, given, message) => {
    const { queue } = await new QueueWorld().start();
    await queue.add('a', '1');
    const before = queue.stats();
    await expect(queue.add(...(given as [string, string]))).rejects.toThrow(new TypeError(message));
    expect(queue.stats()).toEqual(before);
    expect(value(await queue.fetch())).toBe('1');
  });

  it.each([Number.POSITIVE_INFINITY, Number.NaN, -5, 31_536_000_001])(
    'refuses a delay of %d, which no store could read again',
    async (delayMs) => {
      const { queue } = await new QueueWorld().start();
      const refused = `queue calls: delayMs has to be a number from 0 to 31536000000, not ${delayMs}`;
      await expect(queue.add('k', 'v', { delayMs })).rejects.toThrow(new RangeError(refused));
      expect(queue.stats()).toMatchObject({ size: 0, delayed: 0 });
    },
  );

  it.each<[string, (queue: Queue) => unknown]>([
    ['concurrency has to be a whole number from 1', (queue) => queue.consume(() => {}, { concurrency: 0 })],
    ['limit has to be a whole number from 1', (queue) => queue.peek({ limit: Number.NaN })],
    ['timeoutMs has to be a number from 0', (queue) => queue.waitFetch({ timeoutMs: Number.NaN })],
  ])('says that %s on', async (message, call) => {
    const { queue } = await new QueueWorld().start();
    expect(() => call(queue)).toThrow(`queue calls: ${message}`);
  });

  it('says which partition an item belongs to, also where nothing is stored', async () => {
    const { queue } = await new QueueWorld().start({}, { partition: 'kdmq-2' });
    await queue.add('k', 'v');
    expect(queue.peek().items[0]?.partition).toBe('kdmq-2');
    expect((await queue.fetch())?.partition).toBe('kdmq-2');
  });

  it('takes strings as UTF-8', async () => {
    const { queue } = await new QueueWorld().start();
    await queue.add('schlüssel', '👋');
    const item = await queue.fetch();
    expect(item?.value).toEqual(new TextEncoder().encode('👋'));
    expect(item?.keyText()).toBe('schlüssel');
  });

  it('says which item an add made, and under which id it is fetched', async () => {
    const { queue } = await new QueueWorld().start();
    const first = await queue.add('a', '1');
    const second = await queue.add('a', '2');
    expect(first).toEqual({ id: expect.stringMatching(/^\d+-\d+$/), outcome: 'added' });
    expect(second.id).not.toBe(first.id);
    expect((await queue.fetch())?.id).toBe(first.id);
  });

  it('says when an item was added, by the wall clock', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start();
    await world.pass(1_500);
    const at = world.clock.wallTime();
    await queue.add('a', '1');
    await world.pass(1_000);
    expect((await queue.fetch())?.addedAt).toBe(at);
  });

  it('is found by its name; another name lists those there are', () => {
    const { queues } = new QueueWorld().node([definition(), definition({ name: 'bills' })]);
    expect(queues.names()).toEqual(['calls', 'bills']);
    expect(queues.all().map(({ name }) => name)).toEqual(['calls', 'bills']);
    expect(queues.has('bells')).toBe(false);
    expect(() => queues.get('bells')).toThrow('there is no queue "bells"; there are: calls, bills');
    expect(() => queues.get('bells')).toThrow(QueueError);
  });

  it('without a dbmode is ready before anything is started, and asks no store', async () => {
    const world = new QueueWorld();
    const { queues, queue, store } = world.node([definition()]);
    await queue.add('a', '1');
    queues.start();
    await queues.ready();
    expect(queues.states()).toEqual([{ name: 'calls', state: 'ready', why: undefined }]);
    await world.stop({ queues } as never);
    expect(store.calls).toEqual([]);
  });
});

describe('add modes', () => {
  it('keep_old leaves the item that is there, and names it', async () => {
    const { queue } = await new QueueWorld().start({ addMode: 'keep_old' });
    const first = await queue.add('a', '1');
    expect(await queue.add('a', '2')).toEqual({ id: first.id, outcome: 'kept' });
    expect(all(queue)).toEqual(['1']);
  });

  it('replace removes the item that is there and puts the new one behind all', async () => {
    const { queue } = await new QueueWorld().start({ addMode: 'replace' });
    await queue.add('a', '1');
    await queue.add('b', '2');
    expect((await queue.add('a', '3')).outcome).toBe('replaced');
    expect(all(queue)).toEqual(['2', '3']);
  });
});

describe('limits', () => {
  it('drop the oldest, count it, and say so once a minute', async () => {
    const world = new QueueWorld();
    const { queue, counters, log } = await world.start({ size: 2 });
    for (const text of ['1', '2', '3', '4']) await queue.add('k', text);
    expect(all(queue)).toEqual(['3', '4']);
    expect(queue.stats().dropped).toEqual({ size: 2, bytes: 0, total_bytes: 0 });
    expect(counters.value('mqueue_dropped', 'size')).toBe(2);
    expect(log.lines).toEqual([]);
    await world.pass(60_000);
    expect(log.lines).toEqual([
      { level: 'warn', message: 'mqueue: items were dropped', fields: { queue: 'calls', dropped: { size: 2 } } },
    ]);
    await world.pass(600_000);
    expect(log.lines).toHaveLength(1);
  });

  it('of bytes drop too; an item that is larger than all is refused', async () => {
    const { queue, counters } = await new QueueWorld().start({ maxBytes: 1_000 });
    await queue.add('k', 'x'.repeat(600));
    await queue.add('k', 'y'.repeat(600));
    expect(queue.stats()).toMatchObject({ size: 1, dropped: { bytes: 1 } });
    await expect(queue.add('k', 'z'.repeat(1_000))).rejects.toMatchObject({ code: 'ITEM_TOO_LARGE' });
    expect(queue.stats()).toMatchObject({ size: 1, refused: 1 });
    expect(counters.value('mqueue_refused', 'too_large')).toBe(1);
  });

  it('hold for all queues together', async () => {
    const world = new QueueWorld();
    const parts = { totalBytes: 2_000 };
    const { queues, queue } = world.node([definition(), definition({ name: 'bills' })], parts);
    await queue.add('k', 'x'.repeat(700));
    await queues.get('bills').add('k', 'y'.repeat(700));
    await queue.add('k', 'z'.repeat(700));
    expect([queue.size(), queues.get('bills').size()]).toEqual([1, 1]);
    expect(queue.stats().dropped).toEqual({ size: 0, bytes: 0, total_bytes: 1 });
    await expect(queues.get('bills').add('k', 'z'.repeat(1_900))).rejects.toMatchObject({ code: 'ITEM_TOO_LARGE' });
  });
});

describe('peek', () => {
  it('shows pages, oldest first; adds and fetches between them shift nothing', async () => {
    const { queue } = await new QueueWorld().start();
    for (let index = 0; index < 5; index++) await queue.add(`k${index}`, `v${index}`);
    const first = queue.peek({ limit: 2 });
    expect(first.items.map((item) => item.keyText())).toEqual(['k0', 'k1']);
    await queue.fetch();
    await queue.add('k5', 'v5');
    const second = queue.peek({ after: first.next, limit: 2 });
    expect(second.items.map((item) => item.keyText())).toEqual(['k2', 'k3']);
    const third = queue.peek({ after: second.next, limit: 2 });
    expect(third.items.map((item) => item.keyText())).toEqual(['k4', 'k5']);
    expect(third.next).toBeUndefined();
    expect(queue.size()).toBe(5);
  });
});

describe('a lifetime that is over', () => {
  it('behind an item that is younger ends at the front of the queue: nobody is given that item', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start({ ttlMs: 1_000 });
    await queue.add('k', 'old', { delayMs: 600 });
    await world.pass(500);
    await queue.add('k', 'young');
    await world.pass(600);
    expect(queue.size()).toBe(2);
    expect(value(await queue.fetch())).toBe('young');
    expect(await queue.fetch()).toBeUndefined();
    expect(queue.stats()).toMatchObject({ expired: 1, size: 0 });
  });
});

describe('clear', () => {
  it('removes all and says how many', async () => {
    const { queue } = await new QueueWorld().start({ delayMs: 0 });
    await queue.add('a', '1');
    await queue.add('a', '2', { delayMs: 1_000 });
    expect(await queue.clear()).toBe(2);
    expect(queue.stats()).toMatchObject({ size: 0, delayed: 0, bytes: 0 });
  });
});

describe('time', () => {
  it('delayed items can be fetched when they are due, after those that were there', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start({ delayMs: 1_000 });
    await queue.add('a', 'late');
    await queue.add('a', 'early', { delayMs: 0 });
    await queue.add('a', 'later', { delayMs: 1_500 });
    expect(queue.stats()).toMatchObject({ size: 1, delayed: 2 });
    expect(value(await queue.fetch())).toBe('early');
    expect(await queue.fetch()).toBeUndefined();
    await world.pass(1_000);
    expect(value(await queue.fetch())).toBe('late');
    await world.pass(500);
    expect(value(await queue.fetch())).toBe('later');
  });

  it('items whose time to live is over are thrown away and counted', async () => {
    const world = new QueueWorld();
    const { queue, counters } = await world.start({ ttlMs: 1_000 });
    await queue.add('a', '1');
    await world.pass(600);
    await queue.add('a', '2');
    await world.pass(400);
    expect(all(queue)).toEqual(['2']);
    await world.pass(600);
    expect(queue.stats()).toMatchObject({ size: 0, expired: 2 });
    expect(counters.value('mqueue_expired')).toBe(2);
  });

  it('does not jump with the wall clock', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start({ ttlMs: 60_000, leaseMs: 10_000 });
    await queue.add('a', '1');
    await queue.fetch();
    world.clock.jumpWallTime(3_600_000);
    await world.pass(9_000);
    expect(queue.stats()).toMatchObject({ leased: 1, expired: 0 });
    world.clock.jumpWallTime(-7_200_000);
    await world.pass(1_000);
    expect(queue.stats()).toMatchObject({ leased: 0, size: 1 });
  });

  it('costs no timer where nothing waits for it', async () => {
    const world = new QueueWorld();
    const { queue } = await world.start();
    for (let index = 0; index < 100; index++) await queue.add('k', 'v');
    await queue.fetch();
    expect(world.clock.pending).toBe(0);
  });
});

describe('what was fetched last', () => {
  it('is kept until it is freed or the next is fetched', async () => {
    const { queue } = await new QueueWorld().start();
    await queue.add('a', '1');
    await queue.add('b', '2');
    expect(queue.current).toBeUndefined();
    const first = await queue.fetch();
    expect(queue.current).toBe(first);
    await queue.waitFetch();
    expect(queue.current?.keyText()).toBe('b');
    expect(first?.keyText()).toBe('a');
    queue.free();
    expect(queue.current).toBeUndefined();
    await queue.fetch();
    expect(queue.current).toBeUndefined();
  });
});

describe('the lines of a queue', () => {
  it('are its items in memory, as they were when they were asked for', async () => {
    const { queue } = await new QueueWorld().start({}, { partition: 'p1' });
    await queue.add('a', '1');
    await queue.add(Uint8Array.of(0xff), '2');
    const lines = queue.lines();
    await queue.clear();
    expect([...lines].map((line) => JSON.parse(line))).toMatchObject([
      { id: expect.stringMatching(/^\d+-0$/), partition: 'p1', key: 'a', value: '1' },
      { partition: 'p1', key: { base64: '/w==' }, value: '2' },
    ]);
  });
});

describe('statistics', () => {
  it('tell how the queue stands and what happened', async () => {
    const world = new QueueWorld();
    const { queue, counters } = await world.start({ leaseMs: 60_000 });
    expect(queue.stats().oldestMs).toBeUndefined();
    await queue.add('a', '1');
    await queue.add('b', '2');
    await queue.add('c', '3', { delayMs: 5_000 });
    await world.pass(2_000);
    const item = await queue.fetch();
    const wait = queue.fetch().then((other) => other?.nack());
    expect(await wait).toBe(true);
    await item?.ack();
    expect(queue.stats()).toMatchObject({
      size: 1,
      delayed: 1,
      leased: 0,
      oldestMs: 2_000,
      added: 3,
      fetched: 2,
      acked: 1,
      nacked: 1,
    });
    expect(counters.value('mqueue_added')).toBe(3);
    expect(counters.value('mqueue_fetched')).toBe(2);
  });
});
