import { describe, expect, it } from 'vitest';
import { tcpPacket, udpPacket } from '../../../src/core/trace/ip-packet.ts';

/** All 16-bit words added up as a receiver does it (RFC 1071): 0xffff where the checksum among them is right. */
function received(bytes: Buffer): number {
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = 0;
  for (let at = 0; at < even.length; at += 2) sum += even.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

function pseudoHeader(packet: Buffer, isIpv4: boolean, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(length, 0);
  tail.writeUInt8(protocol, 7);
  return Buffer.concat([isIpv4 ? packet.subarray(12, 20) : packet.subarray(8, 40), tail]);
}

const families = [
  ['IPv4', { address: '10.0.0.1', port: 5060 }, { address: '192.168.200.254', port: 65_535 }],
  ['IPv6', { address: 'fd00::1', port: 5060 }, { address: '2001:db8::ffff:255.254.1.0', port: 1 }],
] as const;
const payloads = [0, 1, 2, 512, 1_301, 65_000].map((length) => [length, Buffer.alloc(length, 'kdmq')] as const);
const cases = families.flatMap(([family, from, to]) =>
  payloads.map(([length, payload]) => ({ family, from, to, length, payload })),
);

describe('a packet of UDP', () => {
  it.each(cases)('over $family with $length bytes has right lengths and checksums', ({ family, from, to, payload }) => {
    const packet = Buffer.from(udpPacket(from, to, payload));
    const isIpv4 = family === 'IPv4';
    const start = isIpv4 ? 20 : 40;
    const datagram = packet.subarray(start);
    expect(packet.length).toBe(start + 8 + payload.length);
    expect(isIpv4 ? packet.readUInt16BE(2) : packet.readUInt16BE(4) + 40).toBe(packet.length);
    expect([datagram.readUInt16BE(0), datagram.readUInt16BE(2), datagram.readUInt16BE(4)]).toEqual([
      from.port,
      to.port,
      8 + payload.length,
    ]);
    expect(datagram.subarray(8).equals(payload)).toBe(true);
    if (isIpv4) expect(received(packet.subarray(0, 20))).toBe(0xffff);
    expect(received(Buffer.concat([pseudoHeader(packet, isIpv4, 17, datagram.length), datagram]))).toBe(0xffff);
  });

  it('has the checksum 0xffff where it comes out as 0, which means none', () => {
    const [from, to] = [
      { address: '0.0.0.0', port: 0 },
      { address: '0.0.0.0', port: 0 },
    ];
    // Protocol and both lengths make 17 + 10 + 10; the payload fills that up to 0xffff.
    const packet = Buffer.from(udpPacket(from, to, Buffer.from([0xff, 0xff - 37])));
    expect(packet.readUInt16BE(26)).toBe(0xffff);
  });
});

describe('a packet of TCP', () => {
  it.each(cases)('over $family with $length bytes has right numbers and checksums', ({ family, from, to, payload }) => {
    const place = { sequence: 0xfffffff0, acknowledged: 7 };
    const packet = Buffer.from(tcpPacket(from, to, place, payload));
    const isIpv4 = family === 'IPv4';
    const segment = packet.subarray(isIpv4 ? 20 : 40);
    expect(packet.readUInt8(isIpv4 ? 9 : 6)).toBe(6);
    expect([segment.readUInt32BE(4), segment.readUInt32BE(8)]).toEqual([place.sequence, place.acknowledged]);
    expect(segment.readUInt8(12) >> 4).toBe(5);
    expect(segment.subarray(20).equals(payload)).toBe(true);
    expect(received(Buffer.concat([pseudoHeader(packet, isIpv4, 6, segment.length), segment]))).toBe(0xffff);
  });
});

it('an address that is not known is all zeros of the family of the other one', () => {
  const unknown = { address: '0.0.0.0', port: 5060 };
  const known = { address: 'fd00::2', port: 5060 };
  expect(
    Buffer.from(udpPacket(unknown, known, new Uint8Array()))
      .subarray(8, 40)
      .toString('hex'),
  ).toBe(`${'0'.repeat(32)}fd00${'0'.repeat(27)}2`);
});
