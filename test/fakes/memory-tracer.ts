import type { Span, SpanEnd, SpanStart, Tracer } from '../../src/ports/tracing.ts';

/** A span as a test sees it. */
export interface SeenSpan extends SpanStart {
  /** The span that it began within. */
  readonly within: string | undefined;
  /** Undefined while it goes on. */
  readonly end: SpanEnd | undefined;
}

/** Keeps the spans that were begun, in that order. Knows within what as long as nothing is awaited. */
export class MemoryTracer implements Tracer {
  readonly #spans: { start: SpanStart; within: string | undefined; end: SpanEnd | undefined }[] = [];
  readonly #names = new Map<Span, string>();
  #active: string | undefined;

  get spans(): SeenSpan[] {
    return this.#spans.map(({ start, within, end }) => ({ ...start, within, end }));
  }

  start(start: SpanStart): Span {
    const seen = { start, within: this.#active, end: undefined as SpanEnd | undefined };
    this.#spans.push(seen);
    const span: Span = {
      traceparent: `traceparent of ${start.name}`,
      end: (outcome) => {
        if (seen.end !== undefined) throw new Error(`${start.name} has ended already`);
        seen.end = outcome;
      },
    };
    this.#names.set(span, start.name);
    return span;
  }

  within<T>(span: Span, work: () => T): T {
    const before = this.#active;
    this.#active = this.#names.get(span);
    try {
      return work();
    } finally {
      this.#active = before;
    }
  }
}
