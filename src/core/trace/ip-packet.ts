import { addressPair } from './address-bytes.ts';
import type { Endpoint } from './traced-message.ts';

const UDP = 17;
const TCP = 6;
const UDP_HEADER = 8;
const TCP_HEADER = 20;
const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const HOPS = 64;
/** PSH and ACK. */
const TCP_FLAGS = 0x18;
const TCP_WINDOW = 0xffff;

/** Where a segment stands in its connection. Both numbers wrap at 2^32. */
export interface SegmentPlace {
  readonly sequence: number;
  readonly acknowledged: number;
}

/** An IP packet with one UDP datagram (RFC 768) in it. `payload` has 65,507 bytes at most. */
export function udpPacket(source: Endpoint, destination: Endpoint, payload: Uint8Array): Uint8Array {
  const { bytes, start } = ipPacket(source, destination, UDP, UDP_HEADER + payload.length);
  const header = new DataView(bytes.buffer, start);
  header.setUint16(0, source.port);
  header.setUint16(2, destination.port);
  header.setUint16(4, UDP_HEADER + payload.length);
  bytes.set(payload, start + UDP_HEADER);
  // 0 would mean that there is none.
  header.setUint16(6, upperChecksum(bytes, start, UDP) || 0xffff);
  return bytes;
}

/** An IP packet with one segment of TCP (RFC 9293) in it. `payload` has 65,000 bytes at most. */
export function tcpPacket(
  source: Endpoint,
  destination: Endpoint,
  { sequence, acknowledged }: SegmentPlace,
  payload: Uint8Array,
): Uint8Array {
  const { bytes, start } = ipPacket(source, destination, TCP, TCP_HEADER + payload.length);
  const header = new DataView(bytes.buffer, start);
  header.setUint16(0, source.port);
  header.setUint16(2, destination.port);
  header.setUint32(4, sequence);
  header.setUint32(8, acknowledged);
  header.setUint8(12, (TCP_HEADER / 4) << 4);
  header.setUint8(13, TCP_FLAGS);
  header.setUint16(14, TCP_WINDOW);
  bytes.set(payload, start + TCP_HEADER);
  header.setUint16(16, upperChecksum(bytes, start, TCP));
  return bytes;
}

/** A packet whose IP header is written, and where what it carries starts. */
function ipPacket(source: Endpoint, destination: Endpoint, protocol: number, length: number) {
  const [from, to] = addressPair(source.address, destination.address);
  const start = from.length === 4 ? IPV4_HEADER : IPV6_HEADER;
  const bytes = new Uint8Array(start + length);
  const header = new DataView(bytes.buffer);
  if (start === IPV4_HEADER) {
    header.setUint8(0, 0x45);
    header.setUint16(2, bytes.length);
    // Never fragmented, so no identification is needed (RFC 6864).
    header.setUint16(6, 0x4000);
    header.setUint8(8, HOPS);
    header.setUint8(9, protocol);
    bytes.set(from, 12);
    bytes.set(to, 16);
    header.setUint16(10, folded(sumOf(bytes, 0, IPV4_HEADER)));
  } else {
    header.setUint8(0, 0x60);
    header.setUint16(4, length);
    header.setUint8(6, protocol);
    header.setUint8(7, HOPS);
    bytes.set(from, 8);
    bytes.set(to, 24);
  }
  return { bytes, start };
}

/** Over the pseudo header (addresses, protocol, length; RFC 9293 3.1, RFC 8200 8.1) and all from `start` on. */
function upperChecksum(bytes: Uint8Array, start: number, protocol: number): number {
  const addresses = start === IPV4_HEADER ? 12 : 8;
  const pseudo = sumOf(bytes, addresses, start) + protocol + (bytes.length - start);
  return folded(pseudo + sumOf(bytes, start, bytes.length));
}

/** The 16-bit words from `start` to `end` added up; an odd last byte counts as the high one (RFC 1071). */
function sumOf(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  return at < end ? sum + (bytes[at]! << 8) : sum;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest % 0x10000) + Math.floor(rest / 0x10000);
  return ~rest & 0xffff;
}
