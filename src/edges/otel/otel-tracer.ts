import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  type Span as OtelSpan,
  type Tracer as OtelTracerApi,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { SamplerPlan, TracingPlan } from '../../core/tracing/otel-environment.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import type { Span, SpanEnd, SpanStart, Tracer } from '../../ports/tracing.ts';
import { OtlpClient } from './otlp-client.ts';
import { SpanBatches } from './span-batches.ts';
import { readTraceparent, writeTraceparent } from './traceparent.ts';

export interface OtelTracerParts {
  readonly plan: TracingPlan;
  /** What the resource says besides: of the version, of this life of the node. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly version: string;
  readonly log: Log;
  readonly counters: Counters;
}

const kinds = { client: SpanKind.CLIENT, server: SpanKind.SERVER, internal: SpanKind.INTERNAL } as const;

/** Makes spans with the SDK of OpenTelemetry and sends them to a collector. Nothing of it is global: a program may have an SDK of its own. */
export class OtelTracer implements Tracer {
  readonly #batches: SpanBatches;
  readonly #tracer: OtelTracerApi;
  readonly #active = new AsyncLocalStorage<Context>();

  constructor({ plan, attributes, version, log, counters }: OtelTracerParts) {
    const client = new OtlpClient(plan);
    this.#batches = new SpanBatches({ plan, send: (spans, signal) => client.send(spans, signal), log, counters });
    const provider = new TracerProvider({
      resource: resourceFromAttributes({ ...attributes, ...plan.attributes }),
      sampler: samplerFor(plan.sampler),
      spanProcessors: [this.#batches],
      spanLimits: { attributeValueLengthLimit: 1_024 },
    });
    this.#tracer = provider.getTracer('kdmq', version);
  }

  start({ name, kind, attributes, parent }: SpanStart): Span {
    const remote = parent === undefined ? undefined : readTraceparent(parent);
    // What comes on a connection that was opened within a span arrives within it, for as long as that is open.
    const around = kind === 'server' ? undefined : this.#active.getStore();
    const context = remote === undefined ? (around ?? ROOT_CONTEXT) : trace.setSpanContext(ROOT_CONTEXT, remote);
    return new RunningSpan(this.#tracer.startSpan(name, { kind: kinds[kind], attributes }, context), context);
  }

  within<T>(span: Span, work: () => T): T {
    return span instanceof RunningSpan ? this.#active.run(span.context, work) : work();
  }

  /** Sends what has ended, within `deadlineMs`. */
  stop(deadlineMs: number): Promise<void> {
    return this.#batches.stop(deadlineMs);
  }
}

class RunningSpan implements Span {
  /** That of what begins within it. */
  readonly context: Context;
  readonly #span: OtelSpan;

  constructor(span: OtelSpan, context: Context) {
    this.#span = span;
    this.context = trace.setSpan(context, span);
  }

  get traceparent(): string {
    return writeTraceparent(this.#span.spanContext());
  }

  end({ attributes, error }: SpanEnd): void {
    if (attributes !== undefined) this.#span.setAttributes(attributes);
    if (error !== undefined) {
      this.#span.setAttribute('error.type', error);
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.#span.end();
  }
}

function samplerFor({ ratio, parentBased }: SamplerPlan): Sampler {
  const root =
    ratio >= 1 ? new AlwaysOnSampler() : ratio <= 0 ? new AlwaysOffSampler() : new TraceIdRatioBasedSampler(ratio);
  return parentBased ? new ParentBasedSampler({ root }) : root;
}
