import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readMessage } from '../../../src/edges/sip/message-reader.ts';
import { HEADER_LIMIT, StreamFramer } from '../../../src/edges/sip/stream-framer.ts';
import type { Source } from '../../../src/ports/sip-transport.ts';
import { brokenMessage, validRequest } from './generated-message.ts';

const source: Source = { address: '127.0.0.9', port: 5099, transport: 'tcp' };
const LIMIT = 65_536;

const HEAD = [
  'KDMQ sip:chan@10.0.0.1 SIP/2.0',
  'Via: SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKx',
  'From: <sip:chan@10.0.0.2>;tag=a',
  'To: <sip:chan@10.0.0.1>',
  'Call-ID: c1',
  'CSeq: 5 KDMQ',
].join('\r\n');
const message = (body: string, length = `Content-Length: ${body.length}`) =>
  Buffer.from(`${HEAD}\r\n${length === '' ? '' : `${length}\r\n`}\r\n${body}`);

/** What a framer gives for these chunks, requests by their bytes. */
function framed(chunks: readonly Buffer[], limit = LIMIT): { events: unknown[]; framer: StreamFramer } {
  const framer = new StreamFramer(source, limit);
  const events: unknown[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let event = framer.next(); event !== undefined; event = framer.next()) {
      if (event.kind === 'request') events.push(event.bytes.toString('latin1'));
      else if (event.kind === 'bad-request') events.push({ code: event.code, answerable: event.message !== undefined });
      else events.push(event.kind === 'ignore' ? event.why : event.kind);
    }
  }
  return { events, framer };
}

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
};

describe('a byte stream', () => {
  it('of 2,000 messages in one chunk gives each of them', () => {
    const all = Array.from({ length: 2000 }, (_, i) => message(`body ${i}`));
    expect(framed([Buffer.concat(all)]).events).toEqual(all.map(String));
  });

  it('gives the same messages when it comes byte by byte', () => {
    const all = [message(''), message('one'), message('two\r\n\r\nthree')];
    const { events, framer } = framed(cut(Buffer.concat(all), [1]));
    expect(events).toEqual(all.map(String));
    expect(framer.partial).toBe(false);
  });

  it('gives what a datagram each would, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(validRequest, { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }),
        (messages, sizes) => {
          const single = messages.map(({ bytes }) => readMessage(bytes, source, 'datagram'));
          const texts = single.map((read) => (read.kind === 'request' ? read.bytes.toString('latin1') : read.kind));
          const stream = Buffer.concat(messages.map(({ bytes }) => bytes));
          expect(framed(cut(stream, sizes)).events).toEqual(texts);
        },
      ),
    );
  });

  it('of anything gives the same in one piece and in many, and nothing is thrown', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            brokenMessage,
            fc.uint8Array({ maxLength: 60 }).map((noise) => Buffer.from(noise)),
          ),
          { maxLength: 4 },
        ),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 }),
        (parts, sizes) => {
          const stream = Buffer.concat(parts);
          const whole = framed([stream]);
          const pieces = framed(cut(stream, sizes));
          expect(pieces.events).toEqual(whole.events);
          expect(pieces.framer.broken).toBe(whole.framer.broken);
        },
      ),
    );
  });

  it('tells how far the message under way has come', () => {
    const bytes = message('0123456789');
    const framer = new StreamFramer(source, LIMIT);
    expect(framer.partial).toBe(false);
    framer.push(bytes.subarray(0, 50));
    expect(framer.next()).toBeUndefined();
    expect([framer.partial, framer.inBody]).toEqual([true, false]);
    framer.push(bytes.subarray(50, bytes.length - 1));
    expect(framer.next()).toBeUndefined();
    expect([framer.partial, framer.inBody]).toEqual([true, true]);
    framer.push(bytes.subarray(bytes.length - 1));
    expect(framer.next()).toMatchObject({ kind: 'request' });
    expect([framer.partial, framer.inBody]).toEqual([false, false]);
  });

  it('copies each byte a fixed number of times: a megabyte in pieces of 100 bytes', () => {
    const bytes = message('x'.repeat(1_000_000));
    const start = process.threadCpuUsage().user;
    expect(framed(cut(bytes, [100]), 2_000_000).events).toHaveLength(1);
    // Copying all that is there at each of the 10,000 pieces would move 5 GB.
    expect((process.threadCpuUsage().user - start) / 1000).toBeLessThan(500);
  });
});

test.each([
  { writes: 'in compact form', length: 'l:4' },
  { writes: 'in any case', length: 'cONTENT-lENGTH: 4' },
  { writes: 'with leading zeros and blanks', length: 'Content-Length \t: 0004 ' },
  { writes: 'folded', length: 'Content-Length:\r\n\t4' },
  {
    writes: 'after headers that only look alike',
    length: 'Content-Lengthy: 9\r\nContent-Language: 8\r\nlx: 7\r\nl: 4',
  },
])('a sender may write Content-Length $writes', ({ length }) => {
  const bytes = message('body', length);
  expect(framed([Buffer.concat([bytes, bytes])]).events).toEqual([`${bytes}`, `${bytes}`]);
  expect(framed(cut(Buffer.concat([bytes, bytes]), [1])).events).toEqual([`${bytes}`, `${bytes}`]);
});

test('a method that reads like a header name is none', () => {
  const bytes = Buffer.from(`${message('body')}`.replace('KDMQ', 'L').replace('5 KDMQ', '5 L'));
  expect(framed([bytes]).events).toEqual([`${bytes}`]);
});

describe('between messages', () => {
  it('single line ends are skipped', () => {
    const one = message('a');
    expect(framed([Buffer.concat([Buffer.from('\r\n'), one, Buffer.from('\r\n'), one])]).events).toEqual([
      `${one}`,
      `${one}`,
    ]);
  });

  it('a double line end is a ping (RFC 5626 3.5.1), also in pieces', () => {
    expect(framed([Buffer.from('\r\n\r\n')]).events).toEqual(['ping']);
    expect(framed(cut(Buffer.from('\r\n\r\n'), [1])).events).toEqual(['ping']);
    expect(framed([Buffer.concat([message('a'), Buffer.from('\r\n\r\n'), message('b')])]).events).toEqual([
      `${message('a')}`,
      'ping',
      `${message('b')}`,
    ]);
  });
});

describe('a stream is given up, and the fault answered, when', () => {
  test.each([
    { fault: 'Content-Length is missing', bytes: message('', ''), code: 400 },
    { fault: 'Content-Length is negative', bytes: message('a', 'Content-Length: -1'), code: 400 },
    { fault: 'Content-Length is no number', bytes: message('a', 'Content-Length: abc'), code: 400 },
    { fault: 'Content-Length goes on in a folded line', bytes: message('a', 'Content-Length: 1\r\n 0'), code: 400 },
    { fault: 'Content-Length is empty', bytes: message('a', 'Content-Length:'), code: 400 },
    { fault: 'two Content-Lengths differ', bytes: message('ab', 'Content-Length: 1\r\nl: 2'), code: 400 },
    { fault: 'Content-Length is written twice', bytes: message('a', 'Content-Length: 1\r\nl: 1'), code: 400 },
    { fault: 'Content-Length does not fit 31 bits', bytes: message('', 'Content-Length: 99999999999'), code: 400 },
    { fault: 'the message is over the limit', bytes: message('', `Content-Length: ${LIMIT}`), code: 413 },
    {
      fault: 'the headers are over their limit',
      bytes: message('', `X: ${'a'.repeat(HEADER_LIMIT)}\r\nl: 0`),
      code: 513,
    },
    {
      fault: 'the headers are over their limit before they end',
      bytes: Buffer.from(`${HEAD}\r\nX: ${'a'.repeat(HEADER_LIMIT)}`),
      code: 513,
    },
  ])('$fault', ({ bytes, code }) => {
    const { events, framer } = framed([Buffer.concat([bytes, message('next')])]);
    expect(events).toEqual([{ code, answerable: true }]);
    expect(framer.broken).toBe(true);
  });

  it('nothing in it can be answered', () => {
    const { events, framer } = framed([Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')]);
    expect(events).toEqual(['not_framed']);
    expect(framer.broken).toBe(true);
  });
});

describe('a stream goes on', () => {
  it('after a message that is bad but framed', () => {
    const bad = Buffer.from(`${message('a')}`.replace('5 KDMQ', '5 INVITE'));
    const { events, framer } = framed([Buffer.concat([bad, message('next')])]);
    expect(events).toEqual([{ code: 400, answerable: true }, `${message('next')}`]);
    expect(framer.broken).toBe(false);
  });

  it('up to exactly the limit', () => {
    const body = 'x'.repeat(LIMIT - message('', 'Content-Length: 65000').length);
    expect(framed(cut(message(body), [1000])).events).toHaveLength(1);
  });
});
