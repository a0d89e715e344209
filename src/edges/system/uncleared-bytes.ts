import { Buffer } from 'node:buffer';

/**
 * A buffer of its own in which is anything, for who writes every byte before it is read: to clear 64 KiB takes as long as to write all else
 * that a queue writes into them.
 */
export function unclearedBytes(length: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
