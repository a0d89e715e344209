import { mix32 } from '../../core/hash.ts';
import type { SipRequestMessage } from './sip-request-message.ts';

/** The seeds come from a cryptographic source, so that nobody can foresee a hash or the tag that is made of it. */
export type HashSeeds = readonly [high: number, low: number, tagHigh: number, tagLow: number];

/**
 * Which requests are one and the same (RFC 3261 17.2.3): a 64-bit hash, kept in `high` and `low` after each call since
 * two numbers can't be returned without allocating. Beyond the RFC's branch, sent-by and method the whole CSeq, the
 * Call-ID and the sending address count too: every retransmission has them equal, and a stranger who guesses a branch
 * can't take another sender's place.
 */
export class RequestHash {
  high = 0;
  low = 0;
  readonly #seeds: HashSeeds;

  constructor(seeds: HashSeeds) {
    this.#seeds = seeds;
  }

  of(message: SipRequestMessage): void {
    this.high = this.#seeds[0];
    this.low = this.#seeds[1];
    const { buffer } = message;
    if (message.hasMagicCookie) {
      this.#add(buffer, message.branchStart, message.branchEnd);
      this.#add(buffer, message.sentByStart, message.sentByEnd);
      this.#add(buffer, message.cseqStart, message.cseqEnd);
      this.#add(buffer, message.callIdStart, message.callIdEnd);
    } else {
      // RFC 2543 has no branch to go by: there all headers together are the key.
      this.#add(buffer, 0, message.headersEnd);
    }
    this.#addText(message.source.address);
    this.high = mix32(this.high);
    this.low = mix32(this.low ^ this.high);
  }

  /** The To tag of the replies to this request: the same for each retransmission, unguessable from outside (19.3). */
  tag(): string {
    const first = mix32(this.high ^ this.#seeds[2]);
    const second = mix32(this.low ^ this.#seeds[3] ^ first);
    // 31 bits each: a number that V8 holds without a box turns into text several times faster.
    return (first >>> 1).toString(36) + (second >>> 1).toString(36);
  }

  #add(bytes: Uint8Array, start: number, end: number): void {
    let { high, low } = this;
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      high = Math.imul(high ^ byte, 0x01000193);
      low = Math.imul(low ^ byte, 0x5bd1e995);
      low ^= low >>> 15;
    }
    // The length keeps "ab" + "c" apart from "a" + "bc".
    this.high = Math.imul(high ^ (end - start), 0x01000193);
    this.low = Math.imul(low + (end - start), 0x5bd1e995);
  }

  #addText(text: string): void {
    let { high, low } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      high = Math.imul(high ^ code, 0x01000193);
      low = Math.imul(low ^ code, 0x5bd1e995);
      low ^= low >>> 15;
    }
    this.high = high;
    this.low = low;
  }
}
