import type { SegmentPlace } from './ip-packet.ts';
import type { TracedMessage } from './traced-message.ts';

/** A handshake that nobody saw would have taken one. */
const FIRST = 1;

/** The next sequence number of each side. */
interface Stream {
  sent: number;
  received: number;
}

/**
 * Sequence numbers for messages whose real segments nobody saw: each message follows the one before it, as a reader of
 * the capture needs it to join them. Of the streams that were seen longest ago no more is known than that they begin.
 */
export class TcpStreams {
  readonly #limit: number;
  readonly #streams = new Map<string, Stream>();

  /** @param limit streams that are remembered */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The place of the next `length` bytes of a message. */
  advance({ direction, local, remote }: TracedMessage, length: number): SegmentPlace {
    const key = `${local.address} ${local.port} ${remote.address} ${remote.port}`;
    const stream = this.#streams.get(key) ?? { sent: FIRST, received: FIRST };
    // The map has them in the order of their last message.
    this.#streams.delete(key);
    this.#streams.set(key, stream);
    if (this.#streams.size > this.#limit) this.#streams.delete(this.#streams.keys().next().value!);
    const other = direction === 'sent' ? 'received' : 'sent';
    const place = { sequence: stream[direction], acknowledged: stream[other] };
    stream[direction] = (stream[direction] + length) % 2 ** 32;
    return place;
  }
}
