import { tcpPacket, udpPacket } from './ip-packet.ts';
import { packetBlock } from './pcapng-blocks.ts';
import type { TcpStreams } from './tcp-streams.ts';
import { routeOf, type TracedMessage } from './traced-message.ts';

/** An IP packet has 65,535 bytes at most. */
const LONGEST_SEGMENT = 32_768;

/** A message as packets of a capture: one of UDP, or as many of TCP as it needs. */
export function messagePackets(message: TracedMessage, streams: TcpStreams): readonly Uint8Array[] {
  const { source, destination } = routeOf(message);
  if (message.transport === 'udp') return [packetBlock(message, udpPacket(source, destination, message.bytes))];
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < message.bytes.length; start += LONGEST_SEGMENT) {
    const part = message.bytes.subarray(start, start + LONGEST_SEGMENT);
    const place = streams.advance(message, part.length);
    blocks.push(packetBlock(message, tcpPacket(source, destination, place, part)));
  }
  return blocks;
}
