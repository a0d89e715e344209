import { addressPair } from './address-bytes.ts';
import { routeOf, type TracedMessage } from './traced-message.ts';

/** Chunks of HEP version 3 without a vendor (0x0000), by their type. */
const CHUNK = {
  family: 1,
  protocol: 2,
  sourceIpv4: 3,
  destinationIpv4: 4,
  sourceIpv6: 5,
  destinationIpv6: 6,
  sourcePort: 7,
  destinationPort: 8,
  seconds: 9,
  microseconds: 10,
  payloadKind: 11,
  captureId: 12,
  payload: 15,
  correlationId: 17,
} as const;

const AF_INET = 2;
const AF_INET6 = 10;
const TCP = 6;
const UDP = 17;
const SIP = 1;
const HEADER = 6;
const CHUNK_HEADER = 6;
/** What a UDP datagram over IPv4 holds. */
const LONGEST_PACKET = 65_507;

const encoder = new TextEncoder();

/** What a capture server is told beside the message. */
export interface HepContext {
  /** Tells the nodes apart that send to one server. */
  readonly captureId: number;
  /** By which the server joins the messages of one exchange: the Call-ID. */
  readonly correlationId: string | undefined;
}

/**
 * A message for a capture server: one packet of the Homer Encapsulation Protocol, version 3. Undefined for a message that
 * does not fit into a datagram with what is said of it.
 */
export function hepPacket(message: TracedMessage, { captureId, correlationId }: HepContext): Uint8Array | undefined {
  const { source, destination } = routeOf(message);
  const [from, to] = addressPair(source.address, destination.address);
  const isIpv4 = from.length === 4;
  const microseconds = Math.round(message.time * 1_000);
  const chunks: (readonly [type: number, value: Uint8Array])[] = [
    [CHUNK.family, number8(isIpv4 ? AF_INET : AF_INET6)],
    [CHUNK.protocol, number8(message.transport === 'udp' ? UDP : TCP)],
    [isIpv4 ? CHUNK.sourceIpv4 : CHUNK.sourceIpv6, from],
    [isIpv4 ? CHUNK.destinationIpv4 : CHUNK.destinationIpv6, to],
    [CHUNK.sourcePort, number16(source.port)],
    [CHUNK.destinationPort, number16(destination.port)],
    [CHUNK.seconds, number32(Math.floor(microseconds / 1_000_000))],
    [CHUNK.microseconds, number32(microseconds % 1_000_000)],
    [CHUNK.payloadKind, number8(SIP)],
    [CHUNK.captureId, number32(captureId)],
  ];
  if (correlationId !== undefined) chunks.push([CHUNK.correlationId, encoder.encode(correlationId)]);
  chunks.push([CHUNK.payload, message.bytes]);
  return packetOf(chunks);
}

function packetOf(chunks: readonly (readonly [type: number, value: Uint8Array])[]): Uint8Array | undefined {
  const length = chunks.reduce((sum, [, value]) => sum + CHUNK_HEADER + value.length, HEADER);
  if (length > LONGEST_PACKET) return undefined;
  const packet = new Uint8Array(length);
  const view = new DataView(packet.buffer);
  packet.set(encoder.encode('HEP3'));
  view.setUint16(4, length);
  let at = HEADER;
  for (const [type, value] of chunks) {
    view.setUint16(at + 2, type);
    view.setUint16(at + 4, CHUNK_HEADER + value.length);
    packet.set(value, at + CHUNK_HEADER);
    at += CHUNK_HEADER + value.length;
  }
  return packet;
}

function number8(value: number): Uint8Array {
  return new Uint8Array([value]);
}

function number16(value: number): Uint8Array {
  return new Uint8Array([value >> 8, value & 255]);
}

function number32(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer);
}
