/** The variables of OpenTelemetry that are read, as its specification names and means them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Which traces are kept. `ratio` is the share of those that begin here. */
export interface SamplerPlan {
  readonly ratio: number;
  /** Whether a trace that came with a message is kept when its sender keeps it, and only then. */
  readonly parentBased: boolean;
}

/** How traces are made and where they go. */
export interface TracingPlan {
  /** The whole URL. */
  readonly url: string;
  readonly protocol: 'http/protobuf' | 'http/json';
  /** Sent with each request; secrets may be in them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Files in PEM format: whom to trust, and what to show. */
  readonly authorityFile: string | undefined;
  readonly certificateFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly compressed: boolean;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
  readonly sampler: SamplerPlan;
  /** Of the resource: `service.name` and others. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Spans that may wait to be sent; the next ones are dropped. */
  readonly mostWaiting: number;
  /** Spans that are sent in one request. */
  readonly batchSize: number;
  /** Milliseconds after which a batch is sent that is not full. */
  readonly delayMs: number;
}

/** What the environment says of traces: nothing is wanted, or how, with what could not be used. */
export interface TracingReading {
  readonly plan: TracingPlan | undefined;
  /** For people; no value of a header is in it. */
  readonly problems: readonly string[];
}

/** Reads the variables of OpenTelemetry (specification 1.49). Traces are wanted when an endpoint is named. */
export function readTracing(environment: Environment): TracingReading {
  const get = (name: string): string | undefined => environment[name]?.trim() || undefined;
  /** That of traces is stronger than that of everything. */
  const otlp = (name: string): string | undefined =>
    get(`OTEL_EXPORTER_OTLP_TRACES_${name}`) ?? get(`OTEL_EXPORTER_OTLP_${name}`);
  const exporters = (get('OTEL_TRACES_EXPORTER') ?? 'otlp').split(',').map((name) => name.trim());
  const isOff = get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || !exporters.includes('otlp');
  if (isOff || otlp('ENDPOINT') === undefined) return { plan: undefined, problems: [] };
  const url = endpointOf(get('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'), get('OTEL_EXPORTER_OTLP_ENDPOINT'));
  if (url === undefined) {
    return { plan: undefined, problems: ['OTEL_EXPORTER_OTLP_ENDPOINT is no URL of http or https: nothing is traced'] };
  }
  const protocol = otlp('PROTOCOL') ?? 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    const problem = `OTEL_EXPORTER_OTLP_PROTOCOL ${JSON.stringify(protocol)} is not spoken here: nothing is traced; http/protobuf and http/json are`;
    return { plan: undefined, problems: [problem] };
  }
  const problems: string[] = [];
  const number = (name: string, byDefault: number, least: number): number => {
    const text = get(name);
    if (text === undefined) return byDefault;
    if (/^[0-9]{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    problems.push(`${name} is no whole number of ${least} or more: ${byDefault} is used`);
    return byDefault;
  };
  const mostWaiting = number('OTEL_BSP_MAX_QUEUE_SIZE', 2_048, 1);
  const timeoutMs = number('OTEL_EXPORTER_OTLP_TIMEOUT', 10_000, 1);
  const plan: TracingPlan = {
    url,
    protocol,
    headers: { ...pairs(get('OTEL_EXPORTER_OTLP_HEADERS')), ...pairs(get('OTEL_EXPORTER_OTLP_TRACES_HEADERS')) },
    authorityFile: otlp('CERTIFICATE'),
    certificateFile: otlp('CLIENT_CERTIFICATE'),
    keyFile: otlp('CLIENT_KEY'),
    compressed: otlp('COMPRESSION') === 'gzip',
    timeoutMs: number('OTEL_EXPORTER_OTLP_TRACES_TIMEOUT', timeoutMs, 1),
    sampler: samplerOf(get('OTEL_TRACES_SAMPLER'), get('OTEL_TRACES_SAMPLER_ARG'), problems),
    attributes: {
      'service.name': 'kdmq',
      ...pairs(get('OTEL_RESOURCE_ATTRIBUTES')),
      ...optional('service.name', get('OTEL_SERVICE_NAME')),
    },
    mostWaiting,
    batchSize: Math.min(number('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512, 1), mostWaiting),
    delayMs: number('OTEL_BSP_SCHEDULE_DELAY', 5_000, 1),
  };
  return { plan, problems };
}

/** The endpoint of traces is used as it is; that of everything is what `v1/traces` is put behind. */
function endpointOf(ofTraces: string | undefined, ofAll: string | undefined): string | undefined {
  const text = ofTraces ?? `${ofAll?.replace(/\/+$/, '')}/v1/traces`;
  return /^https?:\/\/[^\s/?#]+/i.test(text) && !/\s/.test(text) ? text : undefined;
}

/** `a=b,c=d%20e`. What is no pair is left out. */
function pairs(text: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const part of text?.split(',') ?? []) {
    const [, name, value] = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (name !== undefined && value !== undefined) found[name] = decoded(value);
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function optional(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value };
}

const SAMPLERS: Readonly<Record<string, (ratio: number) => SamplerPlan>> = {
  always_on: () => ({ ratio: 1, parentBased: false }),
  always_off: () => ({ ratio: 0, parentBased: false }),
  traceidratio: (ratio) => ({ ratio, parentBased: false }),
  parentbased_always_on: () => ({ ratio: 1, parentBased: true }),
  parentbased_always_off: () => ({ ratio: 0, parentBased: true }),
  parentbased_traceidratio: (ratio) => ({ ratio, parentBased: true }),
};

function samplerOf(name = 'parentbased_always_on', argument = '1', problems: string[]): SamplerPlan {
  const sampler = Object.hasOwn(SAMPLERS, name) ? SAMPLERS[name] : undefined;
  if (sampler === undefined) {
    problems.push(`OTEL_TRACES_SAMPLER ${JSON.stringify(name)} is not known: parentbased_always_on is used`);
    return { ratio: 1, parentBased: true };
  }
  const ratio = Number(argument);
  if (ratio >= 0 && ratio <= 1) return sampler(ratio);
  problems.push('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1: 1 is used');
  return sampler(1);
}
