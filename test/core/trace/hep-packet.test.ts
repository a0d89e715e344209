import { describe, expect, it } from 'vitest';
import { hepPacket } from '../../../src/core/trace/hep-packet.ts';
import type { TracedMessage } from '../../../src/core/trace/traced-message.ts';
import { readHep } from './read-hep.ts';
import { tracedMessage } from './traced-message.ts';

const context = { captureId: 4_294_967_295, correlationId: 'first-call' };
const packetOf = (message: TracedMessage) => readHep(Buffer.from(hepPacket(message, context)!));
const ipv6 = { local: { address: 'fd00::1', port: 5060 }, remote: { address: 'fd00::2', port: 5061 } };

describe('a packet of HEP version 3', () => {
  it('says who sent the message to whom, when, and which exchange it belongs to', () => {
    expect(packetOf(tracedMessage({ text: 'hello' }))).toEqual({
      family: 2,
      protocol: 17,
      source: '0a000002:5070',
      destination: '0a000001:5060',
      time: Date.UTC(2026, 0, 31, 12) * 1_000 + 250,
      kind: 1,
      captureId: 4_294_967_295,
      correlationId: 'first-call',
      payload: 'hello',
    });
  });

  it.each<[what: string, message: Partial<TracedMessage>, parts: object]>([
    ['sent', { direction: 'sent' }, { source: '0a000001:5060', destination: '0a000002:5070' }],
    ['by TCP', { transport: 'tcp' }, { protocol: 6 }],
    ['by TLS', { transport: 'tls' }, { protocol: 6 }],
    [
      'over IPv6',
      ipv6,
      { family: 10, source: `fd00${'0'.repeat(27)}2:5061`, destination: `fd00${'0'.repeat(27)}1:5060` },
    ],
  ])('of a message %s', (_, message, parts) => {
    expect(packetOf(tracedMessage(message))).toMatchObject(parts);
  });

  it('leaves the correlation out where the message has no Call-ID', () => {
    const packet = hepPacket(tracedMessage(), { captureId: 1, correlationId: undefined })!;
    expect(readHep(Buffer.from(packet)).correlationId).toBeUndefined();
  });

  it('has room for a message that fits into a datagram with it, and for no other', () => {
    const around = hepPacket(tracedMessage({ text: '' }), context)!.length;
    const longest = 65_507 - around;
    expect(packetOf(tracedMessage({ text: 'x'.repeat(longest) })).payload).toHaveLength(longest);
    expect(hepPacket(tracedMessage({ text: 'x'.repeat(longest + 1) }), context)).toBeUndefined();
  });
});
