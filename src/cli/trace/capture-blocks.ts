import { CommandFailure } from '../command-failure.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Type and length, both in each block. */
const SHORTEST = 12;
const LONGEST = 1_048_576;
const PACKET = 6;
const STATISTICS = 5;

/** One block of a capture (pcapng). */
export interface CaptureBlock {
  readonly bytes: Buffer;
  readonly isPacket: boolean;
  /** Up to now, where the block says so. */
  readonly totals: { readonly seen: number; readonly dropped: number } | undefined;
}

/** Cuts the capture of a node into whole blocks: what ends in the middle of one can't be read by everybody. */
export async function* captureBlocks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<CaptureBlock> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    rest = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    let at = 0;
    while (rest.length - at >= SHORTEST) {
      const length = rest.readUInt32LE(at + 4);
      if (length < SHORTEST || length % 4 !== 0 || length > LONGEST) throw noCapture();
      if (rest.length - at < length) break;
      yield blockOf(rest.subarray(at, at + length));
      at += length;
    }
    rest = rest.subarray(at);
  }
}

function blockOf(bytes: Buffer): CaptureBlock {
  const type = bytes.readUInt32LE(0);
  return { bytes, isPacket: type === PACKET, totals: type === STATISTICS ? totalsIn(bytes) : undefined };
}

/** The options that a node writes into a block of statistics, in its order: received, dropped; 8 bytes each. */
function totalsIn(bytes: Buffer): CaptureBlock['totals'] {
  if (bytes.length < 52) return undefined;
  return { seen: Number(bytes.readBigUInt64LE(24)), dropped: Number(bytes.readBigUInt64LE(36)) };
}

function noCapture(): CommandFailure {
  return new CommandFailure(EXIT_CODES.unavailable, 'what came is no capture: is that a kdmq of this version?');
}
