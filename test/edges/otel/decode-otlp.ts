/** A span as it arrived. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** 2: an error. */
  readonly status: number;
  readonly durationNs: bigint;
  /** Attributes of the resource. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
}

type Value = string | number | boolean;
type Wire = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** Reads a message of Protocol Buffers without its description: field numbers with what they hold. */
function wire(bytes: Buffer): Wire {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('a message ends within a number');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error('a message ends within a field');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const kind = tag & 7;
    const value =
      kind === 0
        ? varint()
        : kind === 1
          ? take(8).readBigUInt64LE()
          : kind === 2
            ? take(Number(varint()))
            : kind === 5
              ? BigInt(take(4).readUInt32LE())
              : undefined;
    if (value === undefined) throw new Error(`a field of an unknown kind: ${kind}`);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

const messages = (of: Wire, field: number): Wire[] => (of.get(field) ?? []).map((value) => wire(value as Buffer));
const text = (of: Wire, field: number): string => ((of.get(field)?.[0] as Buffer | undefined) ?? '').toString();
const hex = (of: Wire, field: number): string => (of.get(field)?.[0] as Buffer | undefined)?.toString('hex') ?? '';
const whole = (of: Wire, field: number): bigint => (of.get(field)?.[0] as bigint | undefined) ?? 0n;

/** KeyValue with AnyValue (opentelemetry/proto/common/v1). */
function attributesOf(pairs: readonly Wire[]): Record<string, Value> {
  const attributes: Record<string, Value> = {};
  for (const pair of pairs) {
    const value = messages(pair, 2)[0] ?? new Map();
    attributes[text(pair, 1)] = value.has(1)
      ? text(value, 1)
      : value.has(2)
        ? whole(value, 2) === 1n
        : Number(whole(value, 3));
  }
  return attributes;
}

/** ExportTraceServiceRequest (opentelemetry/proto/collector/trace/v1) as Protocol Buffers. */
export function decodeProtobuf(body: Buffer): ReceivedSpan[] {
  return messages(wire(body), 1).flatMap((resourceSpans) => {
    const resource = attributesOf(messages(resourceSpans, 1).flatMap((one) => messages(one, 1)));
    return messages(resourceSpans, 2).flatMap((scopeSpans) =>
      messages(scopeSpans, 2).map((span) => ({
        name: text(span, 5),
        kind: Number(whole(span, 6)),
        traceId: hex(span, 1),
        spanId: hex(span, 2),
        parentSpanId: hex(span, 4),
        attributes: attributesOf(messages(span, 9)),
        status: Number(messages(span, 15).map((status) => whole(status, 3))[0] ?? 0n),
        durationNs: whole(span, 8) - whole(span, 7),
        resource,
      })),
    );
  });
}

interface JsonPair {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly boolValue?: boolean; readonly intValue?: number | string };
}
interface JsonSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly JsonPair[];
  readonly status: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}
interface JsonRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly JsonPair[] };
    readonly scopeSpans: readonly { readonly spans: readonly JsonSpan[] }[];
  }[];
}

function jsonAttributes(pairs: readonly JsonPair[]): Record<string, Value> {
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, value.stringValue ?? value.boolValue ?? Number(value.intValue)]),
  );
}

/** The same as JSON. */
export function decodeJson(body: Buffer): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as JsonRequest;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, kind, traceId, spanId, parentSpanId = '', attributes, status, ...times }) => ({
        name,
        kind,
        traceId,
        spanId,
        parentSpanId,
        attributes: jsonAttributes(attributes),
        status: status.code ?? 0,
        durationNs: BigInt(times.endTimeUnixNano) - BigInt(times.startTimeUnixNano),
        resource: jsonAttributes(resource.attributes),
      })),
    ),
  );
}
