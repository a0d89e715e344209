import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, it } from 'vitest';
import type { Export } from '../../../src/edges/otel/otlp-client.ts';
import { SpanBatches } from '../../../src/edges/otel/span-batches.ts';
import { MemoryCounters } from '../../fakes/memory-counters.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { measured } from '../../waiting.ts';

/** A span that has ended. Only what batches look at is there. */
const span = (name: string, traceFlags = 1) =>
  ({ name, spanContext: () => ({ traceFlags }) }) as unknown as ReadableSpan;

const taken: Export = { kind: 'taken', rejected: 0 };

function newBatches(answer: (tries: number, signal: AbortSignal) => Export | Promise<Export> = () => taken) {
  const counters = new MemoryCounters();
  const log = new MemoryLog();
  const sent: string[][] = [];
  const batches = new SpanBatches({
    plan: { mostWaiting: 4, batchSize: 2, delayMs: 20 },
    send: async (spans, signal) => {
      sent.push(spans.map(({ name }) => name));
      return answer(sent.length, signal);
    },
    log,
    counters,
    retryMs: 1,
  });
  const end = (...names: string[]): void => {
    for (const name of names) batches.onEnd(span(name));
  };
  return { batches, counters, log, sent, end };
}

describe('spans that have ended', () => {
  it('are sent when there are enough for a batch, or after a while', async () => {
    const { sent, end, counters } = newBatches();
    end('a', 'b');
    expect(sent).toEqual([['a', 'b']]);
    await measured(5_000, () => expect(counters.value('otel_spans_exported')).toBe(2));
    end('c');
    expect(sent.length).toBe(1);
    await measured(5_000, () => expect(counters.value('otel_spans_exported')).toBe(3));
  });

  it('are sent one batch after the other', async () => {
    const release = Promise.withResolvers<Export>();
    const { sent, end } = newBatches((tries) => (tries === 1 ? release.promise : taken));
    end('a', 'b', 'c', 'd', 'e');
    expect(sent).toEqual([['a', 'b']]);
    release.resolve(taken);
    await measured(5_000, () => expect(sent).toEqual([['a', 'b'], ['c', 'd'], ['e']]));
  });

  it('are dropped and counted where they find no place', () => {
    const { end, counters } = newBatches(() => new Promise(() => {}));
    end('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
    expect(counters.value('otel_spans_dropped', 'full')).toBe(2);
  });

  it('are nothing to send where the trace is not kept', () => {
    const { batches, sent } = newBatches();
    for (const name of ['a', 'b', 'c']) batches.onEnd(span(name, 0));
    expect(sent).toEqual([]);
  });

  it('are sent again when that may help, five times', async () => {
    const { sent, end, counters, log } = newBatches((tries) => (tries === 3 ? taken : { kind: 'again', why: 'x' }));
    end('a', 'b');
    await measured(5_000, () => expect(counters.value('otel_spans_exported')).toBe(2));
    expect(sent.length).toBe(3);
    const never = newBatches(() => ({ kind: 'again', why: 'status 503' }));
    never.end('a', 'b');
    await measured(5_000, () => expect(never.counters.value('otel_spans_dropped', 'failed')).toBe(2));
    expect(never.sent.length).toBe(5);
    expect(log.lines).toEqual([]);
    expect(never.log.messages()).toEqual(['traces: spans are dropped']);
  });

  it('are dropped at once when the collector refuses them', async () => {
    const { sent, end, counters } = newBatches(() => ({ kind: 'refused', why: 'status 400' }));
    end('a', 'b');
    await measured(5_000, () => expect(counters.value('otel_spans_dropped', 'failed')).toBe(2));
    expect(sent.length).toBe(1);
  });

  it('of which the collector did not want some are counted', async () => {
    const { end, counters } = newBatches(() => ({ kind: 'taken', rejected: 1 }));
    end('a', 'b');
    await measured(5_000, () => expect(counters.value('otel_spans_dropped', 'rejected')).toBe(1));
    expect(counters.value('otel_spans_exported')).toBe(1);
  });
});

describe('the stop', () => {
  it('sends all that waits, and takes nothing more', async () => {
    const { batches, sent, end, counters } = newBatches();
    end('a', 'b', 'c');
    await batches.stop(5_000);
    expect(sent.flat()).toEqual(['a', 'b', 'c']);
    end('d');
    expect(counters.value('otel_spans_dropped', 'stopped')).toBe(1);
  });

  it('ends at its deadline, and counts what was not taken', async () => {
    const hang = (_: number, signal: AbortSignal): Promise<Export> =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'again', why: 'aborted' })));
    const { batches, end, counters } = newBatches(hang);
    end('a', 'b', 'c');
    await batches.stop(50);
    expect(counters.value('otel_spans_dropped', 'stopped')).toBe(3);
  });

  it('does not wait out the pause before another try', async () => {
    const { batches, end, counters } = newBatches(() => ({ kind: 'again', why: 'status 429', afterMs: 30_000 }));
    end('a', 'b');
    const took = await measured(5_000, () => batches.stop(50));
    expect(took).toBeLessThan(4_000);
    expect(counters.value('otel_spans_dropped', 'stopped')).toBe(2);
  });
});
