import type { SpanEnd, SpanStart, Tracer } from '../ports/tracing.ts';

/** Does work within a span of its own. `outcome` says what came of it; a rejection ends the span with an error and goes on. */
export async function inSpan<T>(
  tracer: Tracer,
  start: SpanStart,
  work: () => Promise<T>,
  outcome: (result: T) => SpanEnd,
): Promise<T> {
  const span = tracer.start(start);
  try {
    const result = await tracer.within(span, work);
    span.end(outcome(result));
    return result;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    span.end({ error: code });
    throw error;
  }
}
