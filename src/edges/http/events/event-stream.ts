import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { Missed, StreamEvent } from './event-ring.ts';

/** Proxies close what is silent for longer. */
const heartbeatMs = 15_000;
/** What may wait for a reader that is slow. */
const mostWaiting = 256 * 1_024;
/** What is told at once to somebody who comes back. */
const mostMissed = 192 * 1_024;
/** When a browser comes back after the connection broke. */
const retryMs = 2_000;

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store',
  // Asks nginx not to collect events before it passes them on.
  'x-accel-buffering': 'no',
};

/** One client's stream of server-sent events (HTML Living Standard, 9.2), from its headers to its end. */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #tooSlow: () => void;
  #heartbeat: Timer | undefined;

  /** `tooSlow` is called when it is cut because its reader does not read. */
  constructor(response: ServerResponse, clock: Clock, tooSlow: () => void) {
    this.#response = response;
    this.#clock = clock;
    this.#tooSlow = tooSlow;
    response.once('close', () => this.#heartbeat?.cancel());
    response.writeHead(200, headers);
    this.#write(`retry: ${retryMs}\n\n`);
    this.#beat();
  }

  send(event: StreamEvent): void {
    this.#write(written(event));
  }

  /** What somebody missed who comes back: the newest of it, as much as may wait for a reader. */
  sendMissed({ events, gap }: Missed): void {
    const newest: string[] = [];
    let length = 0;
    for (const event of events.toReversed()) {
      const text = written(event);
      length += Buffer.byteLength(text);
      if (length > mostMissed) break;
      newest.push(text);
    }
    if (gap || newest.length < events.length) this.#sendGap();
    this.#write(newest.toReversed().join(''));
  }

  /** An id without an event: who is cut off before the first one comes back from there. */
  sendPlace(id: string): void {
    this.#write(`id: ${id}\n\n`);
  }

  /** Something was missed. The place follows it. */
  #sendGap(): void {
    this.#write('event: gap\ndata: {}\n\n');
  }

  end(): void {
    this.#heartbeat?.cancel();
    this.#response.end();
  }

  #beat(): void {
    this.#heartbeat = this.#clock.after(heartbeatMs, () => {
      this.#write(':\n\n');
      if (!this.#response.destroyed) this.#beat();
    });
  }

  #write(text: string): void {
    if (text === '' || this.#response.destroyed || this.#response.writableEnded) return;
    this.#response.write(text);
    if (this.#response.writableLength <= mostWaiting) return;
    this.#tooSlow();
    this.#response.destroy();
  }
}

function written({ id, type, data }: StreamEvent): string {
  return `id: ${id}\nevent: ${type}\ndata: ${data}\n\n`;
}
