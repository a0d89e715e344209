import { describe, expect, it } from 'vitest';
import { type CaptureBlock, captureBlocks } from '../../../src/cli/trace/capture-blocks.ts';
import { messagePackets } from '../../../src/core/trace/message-packets.ts';
import { captureStart, statisticsBlock } from '../../../src/core/trace/pcapng-blocks.ts';
import { TcpStreams } from '../../../src/core/trace/tcp-streams.ts';
import { tracedMessage } from '../../core/trace/traced-message.ts';

const capture = Buffer.concat([
  captureStart('test'),
  ...messagePackets(tracedMessage(), new TcpStreams(1)),
  statisticsBlock(Date.UTC(2026, 0, 31), 5, 3),
  // 40,000 bytes do not fit into one segment.
  ...messagePackets(tracedMessage({ transport: 'tls', text: 'x'.repeat(40_000) }), new TcpStreams(1)),
]);

async function blocksOf(pieces: AsyncIterable<Uint8Array>): Promise<CaptureBlock[]> {
  const blocks: CaptureBlock[] = [];
  for await (const block of captureBlocks(pieces)) blocks.push(block);
  return blocks;
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

describe('a capture', () => {
  it.each([1, 7, 100, 1_000_000])('is cut into its blocks when it comes in pieces of %i bytes', async (length) => {
    const blocks = await blocksOf(inPieces(capture, length));
    expect(Buffer.concat(blocks.map(({ bytes }) => bytes)).equals(capture)).toBe(true);
    expect(blocks.map(({ isPacket }) => isPacket)).toEqual([false, false, true, false, true, true]);
    expect(blocks.map(({ totals }) => totals).filter((totals) => totals !== undefined)).toEqual([
      { seen: 5, dropped: 3 },
    ]);
  });

  it('that breaks off is left at its last whole block', async () => {
    const blocks = await blocksOf(inPieces(capture.subarray(0, -1), 100));
    expect(blocks).toHaveLength(5);
  });

  it.each(['HTTP/1.1 200 OK\r\n\r\n', '\0'.repeat(100)])('is not %j', async (text) => {
    await expect(blocksOf(inPieces(Buffer.from(text), 100))).rejects.toThrow('no capture');
  });
});
