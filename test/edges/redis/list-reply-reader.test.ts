import { describe, expect, it } from 'vitest';
import { type ListReply, ListReplyReader } from '../../../src/edges/redis/list-reply-reader.ts';

/** Replies as Redis writes them. */
function written(...replies: readonly (readonly Uint8Array[] | string)[]): Buffer {
  const parts = replies.flatMap((reply) => {
    if (typeof reply === 'string') return [Buffer.from(`-${reply}\r\n`)];
    const elements = reply.flatMap((bytes) => [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
    return [Buffer.from(`*${reply.length}\r\n`), ...elements];
  });
  return Buffer.concat(parts);
}

/** What a reader makes of bytes that come in chunks of this size. */
function readIn(size: number, bytes: Uint8Array): ListReply[] {
  const replies: ListReply[] = [];
  const reader = new ListReplyReader((reply) => replies.push(reply));
  for (let at = 0; at < bytes.length; at += size) reader.take(bytes.slice(at, at + size));
  return replies;
}

const plain = (replies: readonly ListReply[]): unknown[] =>
  replies.map((reply) => ('refusal' in reply ? reply.refusal : reply.map((bytes) => [...bytes])));

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('ListReplyReader', () => {
  const lists = [
    [text('a'), new Uint8Array(0), text('\r\n*3\r\n$-1\r\n-ERR\r\n'), Uint8Array.of(0, 255, 13, 10, 13)],
    [],
    [new Uint8Array(300).fill(13)],
  ];
  const bytes = written(lists[0]!, lists[1]!, 'MOVED 7 127.0.0.1:6379', lists[2]!, [text('last')]);
  const wanted = [lists[0]!, [], 'MOVED 7 127.0.0.1:6379', lists[2]!, [text('last')]].map((reply) =>
    typeof reply === 'string' ? reply : reply.map((element) => [...element]),
  );

  it('reads lists and refusals one after another, wherever the bytes are cut', () => {
    for (let size = 1; size <= bytes.length; size++) expect(plain(readIn(size, bytes))).toEqual(wanted);
  });

  it('gives an element that comes in many chunks as bytes that nothing else lives in', () => {
    const long = new Uint8Array(200_000).map((_, index) => index * 7);
    const [reply] = readIn(65_536, written([text('before'), long]));
    const [, element] = reply as readonly Uint8Array[];
    expect(element).toEqual(long);
    expect(element!.buffer.byteLength).toBe(long.length);
  });

  it('says nothing before a reply is whole', () => {
    expect(readIn(1, bytes.subarray(0, bytes.length - 1))).toHaveLength(wanted.length - 1);
  });

  it.each([
    { what: 'another kind of reply', bytes: '+OK\r\n', error: 'kind 43' },
    { what: 'an element outside of a list', bytes: '$1\r\na\r\n', error: 'kind 36' },
    { what: 'a list inside of a list', bytes: '*1\r\n*1\r\n', error: 'kind 42' },
    { what: 'no list at all', bytes: '*-1\r\n', error: 'no number' },
    { what: 'an element that is missing', bytes: '*1\r\n$-1\r\n', error: 'no number' },
    { what: 'a length that is empty', bytes: '*\r\n', error: 'out of bounds' },
    { what: 'an element longer than Redis holds', bytes: '*1\r\n$536870913\r\n', error: 'out of bounds' },
    { what: 'a line without an end', bytes: `-${'x'.repeat(70_000)}`, error: 'too long' },
  ])('throws for $what', ({ bytes: wrong, error }) => {
    expect(() => readIn(1_000_000, Buffer.from(wrong))).toThrow(error);
  });
});
