import type { Random } from '../../src/ports/random.ts';

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Randomness that repeats itself: the same seed gives the same values (the splitmix32 sequence). */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed = 1) {
    this.#state = seed >>> 0;
  }

  fraction(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 2 ** 32;
  }

  token(length: number): string {
    let token = '';
    while (token.length < length) token += ALPHABET[Math.floor(this.fraction() * ALPHABET.length)];
    return token;
  }
}
