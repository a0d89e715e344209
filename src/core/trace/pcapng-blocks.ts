import type { TracedMessage } from './traced-message.ts';

/** Raw IP, version 4 or 6 by its first half byte (LINKTYPE_RAW). */
const RAW_IP = 101;
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const COMMENT = 1;
const INTERFACE_NAME = 2;
const PACKET_FLAGS = 2;
const USER_APPLICATION = 4;
const INTERFACE_RECEIVED = 4;
const INTERFACE_DROPPED = 5;
const INBOUND = 1;
const OUTBOUND = 2;

const encoder = new TextEncoder();

type Option = readonly [code: number, value: Uint8Array];

/** What a capture begins with: pcapng (draft-ietf-opsawg-pcapng), little endian, times in microseconds. */
export function captureStart(application: string): Uint8Array {
  const section = new DataView(new ArrayBuffer(16));
  section.setUint32(0, BYTE_ORDER, true);
  section.setUint16(4, 1, true);
  // The length of the section is not known: -1.
  section.setBigInt64(8, -1n, true);
  const description = new DataView(new ArrayBuffer(8));
  description.setUint16(0, RAW_IP, true);
  return joined([
    block(SECTION_HEADER, bytesOf(section), [[USER_APPLICATION, encoder.encode(application)]]),
    block(INTERFACE_DESCRIPTION, bytesOf(description), [[INTERFACE_NAME, encoder.encode('sip')]]),
  ]);
}

/** One packet: when, which way, and whether it was encrypted on its way. */
export function packetBlock(
  { time, direction, transport }: Pick<TracedMessage, 'time' | 'direction' | 'transport'>,
  packet: Uint8Array,
): Uint8Array {
  const body = new Uint8Array(20 + padded(packet.length));
  const view = new DataView(body.buffer);
  putTime(view, 4, time);
  view.setUint32(12, packet.length, true);
  view.setUint32(16, packet.length, true);
  body.set(packet, 20);
  const options: Option[] = [[PACKET_FLAGS, littleEndian32(direction === 'received' ? INBOUND : OUTBOUND)]];
  if (transport === 'tls') options.push([COMMENT, encoder.encode('TLS, decrypted')]);
  return block(ENHANCED_PACKET, body, options);
}

/** How many packets were seen and how many of them are missing, up to now. */
export function statisticsBlock(time: number, seen: number, dropped: number): Uint8Array {
  const body = new DataView(new ArrayBuffer(12));
  putTime(body, 4, time);
  return block(INTERFACE_STATISTICS, bytesOf(body), [
    [INTERFACE_RECEIVED, littleEndian64(seen)],
    [INTERFACE_DROPPED, littleEndian64(dropped)],
  ]);
}

function block(type: number, body: Uint8Array, options: readonly Option[]): Uint8Array {
  const written = options.map(([code, value]) => {
    const option = new Uint8Array(4 + padded(value.length));
    const view = new DataView(option.buffer);
    view.setUint16(0, code, true);
    view.setUint16(2, value.length, true);
    option.set(value, 4);
    return option;
  });
  const optionsEnd = new Uint8Array(4);
  const length = littleEndian32(12 + body.length + written.reduce((sum, option) => sum + option.length, 0) + 4);
  return joined([littleEndian32(type), length, body, ...written, optionsEnd, length]);
}

/** Microseconds since 1970 as two words, the high one first. */
function putTime(view: DataView, at: number, time: number): void {
  const microseconds = Math.round(time * 1_000);
  view.setUint32(at, Math.floor(microseconds / 2 ** 32), true);
  view.setUint32(at + 4, microseconds % 2 ** 32, true);
}

function littleEndian32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value, true);
  return bytesOf(view);
}

function littleEndian64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return bytesOf(view);
}

const padded = (length: number): number => Math.ceil(length / 4) * 4;

const bytesOf = (view: DataView): Uint8Array => new Uint8Array(view.buffer as ArrayBuffer);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
