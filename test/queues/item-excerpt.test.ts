import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../src/queues/item-excerpt.ts';
import { QueueWorld } from './queue-world.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('what is shown of a key or a value', () => {
  it.each([
    ['text', bytes('sip:alice@example.org'), 'sip:alice@example.org'],
    ['nothing', new Uint8Array(), ''],
    ['60 characters', bytes('x'.repeat(60)), 'x'.repeat(60)],
    ['long text', bytes('x'.repeat(61)), `${'x'.repeat(60)}… (61 bytes)`],
    ['characters of four bytes', bytes('😀'.repeat(61)), `${'😀'.repeat(60)}… (244 bytes)`],
    ['a character that the beginning cuts', bytes(`x${'😀'.repeat(1_000)}`), `x${'😀'.repeat(59)}… (4001 bytes)`],
    ['bytes', Uint8Array.of(0xff, 0, 1), '<ff 00 01> (3 bytes)'],
    ['many bytes', new Uint8Array(1_048_576).fill(0xfe), `<${'fe '.repeat(24)}…> (1048576 bytes)`],
  ])('%s', (_, content, shown) => {
    expect(excerptOf(content)).toBe(shown);
  });

  it('stands in what console.log prints of an item', async () => {
    const { queue } = await new QueueWorld().start({ leaseMs: 1_000 }, { partition: '7' });
    const { id } = await queue.add('alice', 'v'.repeat(1_000_000));
    const parts = (deliveries: number): string =>
      `{id:'${id}',partition:'7',key:'alice',value:'${'v'.repeat(60)}…(1000000bytes)',addedAt:2026-01-01T00:00:00.000Z,deliveries:${deliveries}}`;
    const shown = (item: unknown): string => inspect(item).replace(/\s/g, '');
    expect(shown(queue.peek().items[0])).toBe(`QueueItem${parts(0)}`);
    expect(shown(await queue.fetch())).toBe(`FetchedItem${parts(1)}`);
  });
});
