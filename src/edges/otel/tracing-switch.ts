import { readTracing } from '../../core/tracing/otel-environment.ts';
import type { Counters, Log } from '../../ports/telemetry.ts';
import type { Tracer, Tracing } from '../../ports/tracing.ts';
import type { OtelTracer } from './otel-tracer.ts';

export interface TracingSwitchParts {
  /** The variables of OpenTelemetry are in it, or are not. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** What the resource says besides `service.name`. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly counters: Counters;
}

/** Traces, where the environment asks for them. Nothing of OpenTelemetry is loaded where it does not. */
export class TracingSwitch implements Tracing {
  readonly #parts: TracingSwitchParts;
  #tracer: OtelTracer | undefined;

  constructor(parts: TracingSwitchParts) {
    this.#parts = parts;
  }

  get tracer(): Tracer | undefined {
    return this.#tracer;
  }

  /** Loads what is needed. Never rejects for what the environment says: a node works without traces. */
  async start(): Promise<void> {
    const { environment, version, attributes, log, counters } = this.#parts;
    const { plan, problems } = readTracing(environment);
    for (const problem of problems) log.error(`traces: ${problem}`);
    if (plan === undefined) return;
    if (!URL.canParse(plan.url)) {
      log.error('traces: OTEL_EXPORTER_OTLP_ENDPOINT is no URL: nothing is traced');
      return;
    }
    const { OtelTracer } = await import('./otel-tracer.ts');
    const known = { 'service.version': version, ...attributes };
    this.#tracer = new OtelTracer({ plan, attributes: known, version, log, counters });
    const { origin } = new URL(plan.url);
    log.info('traces: sent to a collector', { collector: origin, protocol: plan.protocol });
  }

  /** Sends what has ended, within `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    const tracer = this.#tracer;
    this.#tracer = undefined;
    await tracer?.stop(deadlineMs);
  }
}
