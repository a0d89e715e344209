import type { ServerResponse } from 'node:http';
import type { NodeUri } from '../../../core/node-uri.ts';
import { concernsNode } from '../../../core/trace/concerns-node.ts';
import { type MessageOutline, outlineOf } from '../../../core/trace/message-outline.ts';
import type { TracedMessage } from '../../../core/trace/traced-message.ts';
import type { Clock, Timer } from '../../../ports/clock.ts';
import type { MessageTrace } from '../../../ports/message-tap.ts';
import type { Counters } from '../../../ports/telemetry.ts';
import type { TraceWriter } from './trace-writer.ts';

/** Proxies close what is silent for longer. */
const heartbeatMs = 15_000;
/** What may wait for a reader that is slow; what comes then is dropped. */
const mostWaiting = 1_048_576;
/** How long the last of it may wait for a reader, when it has ended. */
const lastWordsMs = 5_000;

/** What somebody wants to see. */
export interface TraceWish {
  /** Messages exchanged with that node only. */
  readonly node: NodeUri | undefined;
  /** Ends after so many messages. */
  readonly count: number | undefined;
  /** Ends after so many milliseconds. */
  readonly forMs: number | undefined;
}

export interface TraceStreamParts {
  readonly trace: MessageTrace;
  readonly clock: Clock;
  readonly counters: Counters;
}

/** The SIP messages of the node on their way to somebody who follows them, from the headers of the answer to its end. */
export class TraceStream {
  readonly #response: ServerResponse;
  readonly #writer: TraceWriter;
  readonly #wish: TraceWish;
  readonly #parts: TraceStreamParts;
  readonly #unfollow: () => void;
  readonly #timers: Timer[] = [];
  #heartbeat: Timer | undefined;
  #seen = 0;
  #dropped = 0;
  /** Messages are missing since the last one that was written. */
  #hasGap = false;
  /** How many messages had been written at the last heartbeat, when as much was waiting as may. */
  #writtenWhenFull: number | undefined;

  constructor(response: ServerResponse, writer: TraceWriter, wish: TraceWish, parts: TraceStreamParts) {
    this.#response = response;
    this.#writer = writer;
    this.#wish = wish;
    this.#parts = parts;
    response.writeHead(200, {
      'content-type': writer.contentType,
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    const start = writer.start();
    if (start !== undefined) response.write(start);
    this.#unfollow = parts.trace.follow((message) => this.#take(message));
    if (wish.forMs !== undefined) this.#timers.push(parts.clock.after(wish.forMs, () => this.end()));
    this.#beat();
  }

  end(): void {
    if (this.#response.writableEnded) return;
    this.release();
    this.#writeTotals();
    this.#response.end();
    this.#timers.push(this.#parts.clock.after(lastWordsMs, () => this.#response.destroy()));
  }

  /** Follows no more. To be called when the connection has ended, by whomever. */
  release(): void {
    this.#unfollow();
    this.#heartbeat?.cancel();
    for (const timer of this.#timers) timer.cancel();
  }

  #beat(): void {
    this.#heartbeat = this.#parts.clock.after(heartbeatMs, () => {
      const isFull = this.#response.writableLength > mostWaiting;
      const written = this.#seen - this.#dropped;
      // Who reads nothing for so long keeps others from following.
      if (isFull && written === this.#writtenWhenFull) {
        this.#response.destroy();
        return;
      }
      this.#writtenWhenFull = isFull ? written : undefined;
      if (!isFull) this.#writeTotals();
      this.#beat();
    });
  }

  #take(message: TracedMessage): void {
    let known: MessageOutline | undefined;
    const outline = (): MessageOutline => {
      known ??= outlineOf(message.bytes);
      return known;
    };
    const { node, count } = this.#wish;
    if (node !== undefined && !concernsNode(node, message, outline())) return;
    this.#seen += 1;
    if (this.#response.writableLength > mostWaiting) {
      this.#dropped += 1;
      this.#hasGap = true;
      this.#parts.counters.add('sip_trace_dropped');
      return;
    }
    if (this.#hasGap) this.#writeTotals();
    this.#hasGap = false;
    for (const part of this.#writer.message(message, outline)) this.#response.write(part);
    this.#parts.counters.add('sip_traced');
    if (this.#seen - this.#dropped === count) this.end();
  }

  #writeTotals(): void {
    const totals = { seen: this.#seen, dropped: this.#dropped };
    this.#response.write(this.#writer.totals(this.#parts.clock.wallTime(), totals));
  }
}
