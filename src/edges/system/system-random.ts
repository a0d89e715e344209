import { randomFillSync } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';
/** The largest multiple of 36 below 256: bytes from there on are skipped, so that each character is as likely. */
const FAIR_BYTES = 252;
const POOL_SIZE = 4096;

/** Cryptographic randomness, fetched in pools: tags and branches are made for every message. */
export class SystemRandom implements Random {
  readonly #pool = new Uint8Array(POOL_SIZE);
  readonly #view = new DataView(this.#pool.buffer);
  #used = POOL_SIZE;

  fraction(): number {
    if (this.#used + 4 > POOL_SIZE) this.#refill();
    const value = this.#view.getUint32(this.#used);
    this.#used += 4;
    return value / 2 ** 32;
  }

  token(length: number): string {
    let token = '';
    while (token.length < length) {
      const byte = this.#nextByte();
      if (byte < FAIR_BYTES) token += ALPHABET[byte % ALPHABET.length];
    }
    return token;
  }

  #nextByte(): number {
    if (this.#used === POOL_SIZE) this.#refill();
    return this.#pool[this.#used++] as number;
  }

  #refill(): void {
    randomFillSync(this.#pool);
    this.#used = 0;
  }
}
