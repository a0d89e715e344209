import { describe, expect, it } from 'vitest';
import { readTracing, type TracingPlan } from '../../../src/core/tracing/otel-environment.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('traces are not wanted', () => {
  it.each<[what: string, environment: Record<string, string>]>([
    ['without an endpoint', { OTEL_SERVICE_NAME: 'bus' }],
    ['with an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['with the SDK disabled', { ...endpoint, OTEL_SDK_DISABLED: 'TRUE' }],
    ['with no exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }],
    ['with another exporter', { ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' }],
  ])('%s', (_, environment) => expect(readTracing(environment)).toEqual({ plan: undefined, problems: [] }));
});

describe('traces are wanted', () => {
  it('with the defaults of the specification', () => {
    expect(readTracing(endpoint)).toEqual({
      problems: [],
      plan: {
        url: 'http://collector:4318/v1/traces',
        protocol: 'http/protobuf',
        headers: {},
        authorityFile: undefined,
        certificateFile: undefined,
        keyFile: undefined,
        compressed: false,
        timeoutMs: 10_000,
        sampler: { ratio: 1, parentBased: true },
        attributes: { 'service.name': 'kdmq' },
        mostWaiting: 2_048,
        batchSize: 512,
        delayMs: 5_000,
      },
    });
  });

  it.each<[environment: Record<string, string>, plan: Partial<TracingPlan>]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c/otlp/' }, { url: 'https://c/otlp/v1/traces' }],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t:9/x' }, { url: 'http://t:9/x' }],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, { protocol: 'http/json' }],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
      { protocol: 'http/json' },
    ],
    [
      { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b, x=1=2,nothing', OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'x=3' },
      { headers: { 'api-key': 'a b', x: '3' } },
    ],
    [{ OTEL_EXPORTER_OTLP_CERTIFICATE: '/ca' }, { authorityFile: '/ca' }],
    [
      { OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: '/c', OTEL_EXPORTER_OTLP_CLIENT_KEY: '/k' },
      { certificateFile: '/c', keyFile: '/k' },
    ],
    [{ OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }, { compressed: true }],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '2000' }, { timeoutMs: 2_000 }],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '2000', OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: '3000' }, { timeoutMs: 3_000 }],
    [
      { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test,service.name=a' },
      { attributes: { 'deployment.environment': 'test', 'service.name': 'a' } },
    ],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=a', OTEL_SERVICE_NAME: 'b' }, { attributes: { 'service.name': 'b' } }],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }, { sampler: { ratio: 0, parentBased: false } }],
    [
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
      { sampler: { ratio: 0.25, parentBased: true } },
    ],
    [
      { OTEL_BSP_MAX_QUEUE_SIZE: '100', OTEL_BSP_SCHEDULE_DELAY: '10' },
      { mostWaiting: 100, batchSize: 100, delayMs: 10 },
    ],
    [{ OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '7' }, { batchSize: 7 }],
  ])('as %j says', (environment, plan) => {
    const reading = readTracing({ ...endpoint, ...environment });
    expect(reading.problems).toEqual([]);
    expect(reading.plan).toMatchObject(plan);
    if (plan.headers !== undefined) expect(reading.plan?.headers).toEqual(plan.headers);
  });
});

describe('what can not be used is said', () => {
  it.each<[environment: Record<string, string>, problem: RegExp, isTraced: boolean]>([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, /ENDPOINT is no URL of http or https/, false],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, /PROTOCOL "grpc" is not spoken here/, false],
    [{ OTEL_TRACES_SAMPLER: 'jaeger_remote' }, /SAMPLER "jaeger_remote" is not known/, true],
    [{ OTEL_TRACES_SAMPLER: 'constructor' }, /SAMPLER "constructor" is not known/, true],
    [
      { OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '2' },
      /SAMPLER_ARG is no number from 0 to 1/,
      true,
    ],
    [{ OTEL_BSP_MAX_QUEUE_SIZE: '0' }, /OTEL_BSP_MAX_QUEUE_SIZE is no whole number of 1 or more: 2048 is used/, true],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: '10s' }, /OTEL_EXPORTER_OTLP_TIMEOUT is no whole number/, true],
  ])('%j', (environment, problem, isTraced) => {
    const { plan, problems } = readTracing({ ...endpoint, ...environment });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(plan !== undefined).toBe(isTraced);
  });
});
