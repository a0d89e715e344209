import { readFile } from 'node:fs/promises';
import { tokensIn } from '../../../core/http/tokens-in.ts';
import type { Log } from '../../../ports/telemetry.ts';

/** A file of tokens can't be read, or holds what is no token. */
export class TokenFileError extends Error {
  readonly code = 'TOKEN_FILE_UNUSABLE';

  constructor(setting: string, path: string, problem: string) {
    super(`${setting}: ${path} ${problem}; expected a file with one token a line, each of 16 or more characters`);
    this.name = 'TokenFileError';
  }
}

export interface TokenFileParts {
  /** The setting that names it, for errors. */
  readonly setting: string;
  readonly path: string;
  readonly now: () => number;
  readonly log: Log;
}

/** How old what was read may be: a mounted Secret changes while the node runs. */
const freshMs = 1_000;

/**
 * Tokens in a file, one a line. It is read again when somebody asks and the last look was more than a second ago. A file that can't be
 * read later leaves the tokens as they were, an empty one takes them away.
 */
export class TokenFile {
  readonly #parts: TokenFileParts;
  #tokens: readonly string[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #trouble: string | undefined;

  constructor(parts: TokenFileParts) {
    this.#parts = parts;
  }

  /** The first look. Rejects with a {@link TokenFileError}. */
  async open(): Promise<void> {
    const { setting, path, now } = this.#parts;
    const problem = (await this.#read()) ?? (this.#tokens.length === 0 ? 'is empty' : undefined);
    if (problem !== undefined) throw new TokenFileError(setting, path, problem);
    this.#lookedAt = now();
  }

  async tokens(): Promise<readonly string[]> {
    if (this.#parts.now() - this.#lookedAt >= freshMs) {
      this.#looking ??= this.#look();
      await this.#looking;
    }
    return this.#tokens;
  }

  async #look(): Promise<void> {
    const { setting, path, now, log } = this.#parts;
    const problem = await this.#read();
    if (problem !== undefined && problem !== this.#trouble) {
      log.warn('http: the token file can not be used, the old tokens stay valid', { setting, path, problem });
    }
    this.#trouble = problem;
    this.#lookedAt = now();
    this.#looking = undefined;
  }

  /** Takes over what stands in the file, or says what is wrong with it. */
  async #read(): Promise<string | undefined> {
    try {
      const reading = tokensIn(await readFile(this.#parts.path, 'utf8'));
      if (!reading.ok) return reading.problem;
      this.#tokens = reading.value;
      return undefined;
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'is not there' : String(error);
    }
  }
}
