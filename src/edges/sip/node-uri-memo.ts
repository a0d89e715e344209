import { type NodeUri, parseNodeUri } from '../../core/node-uri.ts';

const SLOTS = 1024;
const LONGEST = 256;

interface Entry {
  readonly bytes: Uint8Array;
  readonly node: NodeUri | undefined;
}

/**
 * Remembers what the URIs of the last senders meant, so that a message from a known node costs a comparison of bytes.
 * It holds at most 1,024 URIs; a new one takes the place of another.
 */
export class NodeUriMemo {
  readonly #entries = new Array<Entry | undefined>(SLOTS).fill(undefined);

  /** The node that the URI in this range names. Undefined when it is not a SIP URI. */
  read(buffer: Buffer, start: number, end: number): NodeUri | undefined {
    if (end - start > LONGEST) return parseNodeUri(buffer.toString('latin1', start, end));
    const slot = slotOf(buffer, start, end);
    const known = this.#entries[slot];
    if (known !== undefined && holds(known.bytes, buffer, start, end)) return known.node;
    const node = parseNodeUri(buffer.toString('latin1', start, end));
    this.#entries[slot] = { bytes: Uint8Array.prototype.slice.call(buffer, start, end), node };
    return node;
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function holds(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
