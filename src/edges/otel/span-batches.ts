import { setTimeout as after } from 'node:timers/promises';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { TracingPlan } from '../../core/tracing/otel-environment.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import type { Export } from './otlp-client.ts';

export interface SpanBatchesParts {
  readonly plan: Pick<TracingPlan, 'mostWaiting' | 'batchSize' | 'delayMs'>;
  /** Never rejects. */
  readonly send: (spans: readonly ReadableSpan[], signal: AbortSignal) => Promise<Export>;
  readonly log: Log;
  readonly counters: Counters;
  /** Milliseconds before the second try of a batch; each is twice the one before. 1,000 when left out. */
  readonly retryMs?: number;
}

const mostTries = 5;
const longestPauseMs = 30_000;
const sayAgainMs = 60_000;

/**
 * Keeps spans that have ended until they are sent, a batch after the other. What finds no place, or what the collector does not take in five tries,
 * is dropped and counted. The batches of the SDK do not say how many they drop, and keep the process alive after a stop.
 */
export class SpanBatches implements SpanProcessor {
  readonly #parts: SpanBatchesParts;
  #waiting: ReadableSpan[] = [];
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Aborted when all has to end. */
  readonly #ending = new AbortController();
  #stopped = false;
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(parts: SpanBatchesParts) {
    this.#parts = parts;
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    const { plan, counters } = this.#parts;
    if ((span.spanContext().traceFlags & 1) === 0) return;
    if (this.#stopped || this.#waiting.length >= plan.mostWaiting) {
      counters.add('otel_spans_dropped', this.#stopped ? 'stopped' : 'full');
      return;
    }
    this.#waiting.push(span);
    if (this.#waiting.length >= plan.batchSize) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), plan.delayMs).unref();
  }

  /** Sends what waits. */
  async forceFlush(): Promise<void> {
    this.#send();
    await this.#sending;
  }

  async shutdown(): Promise<void> {
    await this.stop(0);
  }

  /** Takes no more, and sends what waits; what is not taken after `deadlineMs` is dropped. Idempotent. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    const timer = setTimeout(() => this.#ending.abort(), deadlineMs);
    await this.forceFlush();
    clearTimeout(timer);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** One batch after the other, until fewer than a batch wait; at the stop all of them. */
  async #sendAll(): Promise<void> {
    const { batchSize, delayMs } = this.#parts.plan;
    do await this.#sendBatch(this.#waiting.splice(0, batchSize));
    while (this.#waiting.length >= (this.#stopped ? 1 : batchSize));
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#send(), delayMs).unref();
  }

  async #sendBatch(batch: readonly ReadableSpan[]): Promise<void> {
    const { send, counters, log, retryMs = 1_000 } = this.#parts;
    const { signal } = this.#ending;
    if (batch.length === 0) return;
    let why = '';
    for (let tries = 0; tries < mostTries && !signal.aborted; tries += 1) {
      const result = await send(batch, signal);
      if (result.kind === 'taken') {
        counters.add('otel_spans_exported', undefined, batch.length - result.rejected);
        if (result.rejected > 0) counters.add('otel_spans_dropped', 'rejected', result.rejected);
        return;
      }
      why = result.why;
      if (result.kind === 'refused') break;
      const pauseMs = Math.min(result.afterMs ?? retryMs * 2 ** tries, longestPauseMs);
      if (tries + 1 < mostTries) await after(pauseMs, undefined, { signal, ref: this.#stopped }).catch(() => {});
    }
    counters.add('otel_spans_dropped', signal.aborted ? 'stopped' : 'failed', batch.length);
    if (performance.now() - this.#saidAt < sayAgainMs) return;
    this.#saidAt = performance.now();
    log.warn('traces: spans are dropped', { spans: batch.length, why });
  }
}
