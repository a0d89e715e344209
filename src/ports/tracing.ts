/** What is said of a span besides its name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that begins. */
export interface SpanStart {
  /** In few words, with the channel or the queue: `send greetings`. */
  readonly name: string;
  /** `client`: a message that goes out, `server`: one that came in, or a request over HTTP, `internal`: what is done here. */
  readonly kind: 'client' | 'server' | 'internal';
  readonly attributes: SpanAttributes;
  /** The traceparent (W3C Trace Context) that came with a message or a request over HTTP; what can't be read counts as none. */
  readonly parent?: string | undefined;
}

/** What came of a span. */
export interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** Why it went wrong, a short word; undefined when it went well. */
  readonly error?: string | undefined;
}

/** Something that takes time, as a trace shows it. */
export interface Span {
  /** To be passed on, so that what others do is part of the same trace (W3C Trace Context). */
  readonly traceparent: string;
  /** To be called once. */
  end(outcome: SpanEnd): void;
}

/** Makes spans. No call waits for anything, or throws. */
export interface Tracer {
  /** Begins a span: part of `parent`, else of the span that the caller works within (one of a `server` never is), else of a new trace. */
  start(span: SpanStart): Span;
  /** Does work within a span: what begins in it, also later, is part of it. */
  within<T>(span: Span, work: () => T): T;
}

/** Whether there are traces. */
export interface Tracing {
  /** Undefined while nothing is traced. */
  readonly tracer: Tracer | undefined;
}
