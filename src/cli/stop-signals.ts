import { constants } from 'node:os';
import process from 'node:process';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

type StopSignal = (typeof STOP_SIGNALS)[number];

/**
 * SIGTERM and SIGINT: the first asks for a stop, a second one ends the process at once with 128 + its number. To be
 * made as early as can be: the kernel drops signals for process 1 of a container while it has no handler for them.
 */
export class StopSignals {
  /** Resolves with the name of the first signal. */
  readonly first: Promise<string>;
  #received: StopSignal | undefined;
  #beforeEnd: () => Promise<void> = async () => {};

  readonly #listener: (signal: StopSignal) => void;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.first = promise;
    this.#listener = (signal) => {
      if (this.#received !== undefined) void this.#end(signal);
      this.#received ??= signal;
      resolve(signal);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, this.#listener);
  }

  /** The first signal, once it has come. */
  get received(): string | undefined {
    return this.#received;
  }

  /** What there is to do when a second signal ends the process; it has to be quick. */
  beforeEnd(run: () => Promise<void>): void {
    this.#beforeEnd = run;
  }

  /** For what has nothing to stop: from now on a signal ends the process as it ends any other, one that has come already too. */
  letGo(): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.#listener);
    if (this.#received !== undefined) process.exit(128 + constants.signals[this.#received]);
  }

  async #end(signal: StopSignal): Promise<never> {
    await this.#beforeEnd();
    process.exit(128 + constants.signals[signal]);
  }
}
