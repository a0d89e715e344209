/** Randomness, seeded in tests so that a run can be repeated. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
  /** A string of `length` characters out of 0-9a-z. From a cryptographic source in production. */
  token(length: number): string;
}
