import { EventLines, type StreamedEvent } from '../state/event-lines.ts';
import type { NodeApi } from './node-api.ts';

export interface FollowerParts {
  readonly api: NodeApi;
  readonly connected: () => void;
  readonly event: (event: StreamedEvent) => void;
  /** Nothing is heard any more. Returns whether it is worth trying again. */
  readonly lost: (error: unknown) => boolean;
}

/** The node sends a comment each 15 s. */
const silenceMs = 35_000;
const firstWaitMs = 250;
const longestWaitMs = 5_000;

/** Listens to /events until it is stopped: comes back after a break, from the last event on. */
export class EventFollower {
  readonly #parts: FollowerParts;
  readonly #ended = new AbortController();
  #lastId: string | undefined;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** Resolves when it has been stopped, or is not worth trying again. */
  async run(): Promise<void> {
    let waitMs = firstWaitMs;
    while (!this.#ended.signal.aborted) {
      let error: unknown;
      try {
        await this.#listen(() => {
          waitMs = firstWaitMs;
        });
        error = new Error('the node has closed the connection');
      } catch (thrown) {
        error = thrown;
      }
      if (this.#ended.signal.aborted || !this.#parts.lost(error)) return;
      await pause(waitMs, this.#ended.signal);
      waitMs = Math.min(longestWaitMs, waitMs * 2);
    }
  }

  stop(): void {
    this.#ended.abort();
  }

  async #listen(begun: () => void): Promise<void> {
    const silent = new AbortController();
    const giveUp = (): void => silent.abort(new Error('the node is silent'));
    let timer = setTimeout(giveUp, silenceMs);
    const signal = AbortSignal.any([this.#ended.signal, silent.signal]);
    try {
      const stream = await this.#parts.api.events(this.#lastId, signal);
      begun();
      this.#parts.connected();
      const lines = new EventLines();
      const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, silenceMs);
        for (const event of lines.feed(read.value)) this.#parts.event(event);
        this.#lastId = lines.lastId ?? this.#lastId;
      }
    } finally {
      clearTimeout(timer);
      silent.abort();
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
