import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseSettings, type SettingValues } from '../../../src/edges/config/parse-settings.ts';
import { LevelSwitch } from '../../../src/edges/log/level-switch.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { serveNode } from '../../../src/serve-node.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { ask } from '../../http-request.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { measured } from '../../waiting.ts';
import { Collector } from './collector.ts';
import type { ReceivedSpan } from './decode-otlp.ts';
import { TalkingPeer } from './talking-peer.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const folder = mkdtempSync(join(tmpdir(), 'kdmq-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A node as `kdmq start` runs it, whose environment is what the test says. */
async function served(environment: Record<string, string>, values: SettingValues = {}) {
  const host = nextAddress();
  const settings = parseSettings({
    server_address: `sip:${host}:5060`,
    http_listen: `${host}:8080`,
    data_dir: join(folder, host),
    ping_interval: 1,
    ...values,
  });
  const log = new MemoryLog();
  const levels = new LevelSwitch({ log, setting: 'info', clock: new SystemClock() });
  const node = serveNode({ settings, origins: new Map(), log, levels, environment });
  await node.start();
  const url = `http://${host}:8080`;
  const post = (path: string, body: string, headers = {}) =>
    ask(`${url}/api/v1${path}`, { method: 'POST', headers: { 'content-type': 'text/plain', ...headers }, body });
  const sees = (count: number) =>
    measured(10_000, async () => {
      const { nodes } = (await ask(`${url}/api/v1/nodes`)).json<{ nodes: { status: string; kind: string }[] }>();
      expect(nodes.filter(({ status, kind }) => status === 'active' && kind === 'kdmq').length).toBe(count);
    });
  const counter = async (name: string, reason?: string) => {
    const { counters } = (await ask(`${url}/api/v1/counters`)).json<{
      counters: { name: string; reason?: string; value: number }[];
    }>();
    return counters.find((one) => one.name === name && one.reason === reason)?.value ?? 0;
  };
  return {
    node,
    log,
    url,
    uri: `sip:${host}:5060`,
    post,
    sees,
    counter,
    [Symbol.asyncDispose]: async () => void (await node.stop()),
  };
}

const tracingTo = (collector: Collector, more: Record<string, string> = {}) => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  OTEL_BSP_SCHEDULE_DELAY: '50',
  ...more,
});

describe('a message from one node to another', () => {
  it.each(['http/protobuf', 'http/json'])('is one trace in a collector: %s', async (protocol) => {
    await using collector = await Collector.start(nextAddress());
    const environment = tracingTo(collector, { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_SERVICE_NAME: 'bus' });
    await using receiver = await served(environment, {
      mqueue: 'name=incoming',
      bindings: 'channel=events;queue=incoming',
    });
    await using sender = await served(environment, { notification_address: receiver.uri });
    await Promise.all([sender.sees(2), receiver.sees(2)]);
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const client = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    expect((await sender.post('/channels/events/broadcast', 'hello', client)).status).toBe(200);
    const ofTheTrace = (): ReceivedSpan[] => collector.spans.filter((span) => span.traceId === traceId);
    await measured(10_000, () => expect(ofTheTrace().length).toBe(5));
    const only = (name: string): ReceivedSpan => {
      const [span, ...more] = collector.named(name);
      expect(more).toEqual([]);
      if (span === undefined) throw new Error(`there is no ${name}`);
      return span;
    };
    const route = 'POST /api/v1/channels/:channel/broadcast';
    const chain = [route, 'broadcast events', 'send events', 'process events', 'add incoming'].map(only);
    expect(new Set(ofTheTrace())).toEqual(new Set(chain));
    expect(chain.map(({ parentSpanId }) => parentSpanId)).toEqual([
      'b7ad6b7169203331',
      ...chain.slice(0, -1).map(({ spanId }) => spanId),
    ]);
    expect(chain.map(({ kind }) => kind)).toEqual([2, 1, 3, 2, 1]);
    expect(chain.every(({ durationNs, status }) => durationNs >= 0n && status !== 2)).toBe(true);
    const [request, broadcast, send, process, add] = chain;
    expect(request?.attributes).toMatchObject({ 'http.response.status_code': 200, 'server.port': 8080 });
    expect(broadcast?.attributes).toMatchObject({ 'messaging.destination.name': 'events', 'kdmq.nodes': 1 });
    expect(send?.attributes).toMatchObject({ 'kdmq.reply.code': 202, 'server.port': 5060, 'network.transport': 'udp' });
    expect(process?.attributes).toMatchObject({ 'kdmq.reply.code': 202, 'messaging.message.body.size': 5 });
    expect(add?.attributes).toEqual({ 'kdmq.queue': 'incoming' });
    expect(send?.resource).toMatchObject({ 'service.name': 'bus', 'service.instance.id': sender.uri });
    expect(process?.resource).toMatchObject({ 'service.instance.id': receiver.uri });
    expect(collector.requests.every(({ path }) => path === '/v1/traces')).toBe(true);
    expect(
      JSON.stringify(collector.spans, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
    ).not.toContain('hello');
  });

  it('that comes on a connection which an earlier request has opened begins a trace', async () => {
    await using collector = await Collector.start(nextAddress());
    await using node = await served(tracingTo(collector), {
      mqueue: 'name=incoming',
      bindings: 'channel=events;queue=incoming',
    });
    await using other = await TalkingPeer.start(nextAddress());
    expect((await node.post(`/channels/events/send?target=${other.uri}`, 'x')).status).toBe(200);
    other.say('events', new URL(node.url).hostname);
    await measured(10_000, () => expect(collector.named('process events').length).toBe(1));
    expect(collector.named('process events')[0]?.parentSpanId).toBe('');
  });

  it('that goes wrong says so', async () => {
    await using collector = await Collector.start(nextAddress());
    await using node = await served(tracingTo(collector));
    await node.post(`/channels/events/send?target=sip:${nextAddress()}:5060&deadline_ms=200`, 'x');
    await measured(10_000, () => expect(collector.named('send events').length).toBe(1));
    const [span] = collector.named('send events');
    expect(span).toMatchObject({
      status: 2,
      attributes: { 'error.type': expect.stringMatching(/timeout|unreachable/) },
    });
  });

  it('out of a queue is traced from the queue on', async () => {
    await using collector = await Collector.start(nextAddress());
    await using receiver = await served({}, { mqueue: 'name=a', bindings: 'channel=orders;queue=a' });
    await using sender = await served(tracingTo(collector), {
      notification_address: receiver.uri,
      mqueue: 'name=outgoing;lease_ms=30000',
      bindings: 'queue=outgoing;channel=orders;mode=broadcast',
    });
    await sender.sees(2);
    expect((await sender.post('/queues/outgoing/items?key=k', 'v')).status).toBe(201);
    await measured(10_000, () => expect(collector.named('deliver outgoing').length).toBe(1));
    const [deliver] = collector.named('deliver outgoing');
    expect(deliver?.parentSpanId).toBe('');
    expect(collector.named('send orders')[0]).toMatchObject({
      traceId: deliver?.traceId,
      parentSpanId: deliver?.spanId,
    });
  });
});

describe('the collector', () => {
  it('gets headers and compressed bodies where the environment says so, and nobody else sees the headers', async () => {
    await using collector = await Collector.start(nextAddress());
    const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a-secret-key', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' };
    await using node = await served(tracingTo(collector, headers));
    await node.post('/channels/events/broadcast', 'x');
    await measured(10_000, () => expect(collector.named('broadcast events').length).toBe(1));
    expect(collector.requests[0]?.headers).toMatchObject({ 'api-key': 'a-secret-key', 'content-encoding': 'gzip' });
    expect(JSON.stringify(node.log.lines)).not.toContain('a-secret-key');
  });

  it('that is away costs spans, which are counted, and nothing else', async () => {
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${nextAddress()}:4318`,
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_BSP_MAX_QUEUE_SIZE: '1',
    };
    await using node = await served(environment);
    await node.post('/channels/events/broadcast', 'x');
    // The batch of the first one is under way or pauses: one waits, the next are dropped.
    await measured(10_000, async () => {
      expect((await node.post('/channels/events/broadcast', 'x')).status).toBe(200);
      expect(await node.counter('otel_spans_dropped', 'full')).toBeGreaterThan(0);
    });
  });

  it('that never answers holds up no stop', async () => {
    await using collector = await Collector.start(nextAddress());
    collector.answer = undefined;
    const { node, post } = await served(tracingTo(collector));
    await post('/channels/events/broadcast', 'x');
    await measured(5_000, () => expect(collector.requests.length).toBe(1));
    const started = performance.now();
    await node.stop();
    expect(performance.now() - started).toBeLessThan(8_000);
  });

  it('gets what has ended when the node stops', async () => {
    await using collector = await Collector.start(nextAddress());
    const { node, post } = await served(tracingTo(collector, { OTEL_BSP_SCHEDULE_DELAY: '600000' }));
    await post('/channels/events/broadcast', 'x');
    expect(collector.spans).toEqual([]);
    await node.stop();
    const names = ['broadcast events', 'POST /api/v1/channels/:channel/broadcast'];
    expect(collector.spans.map(({ name }) => name)).toEqual(names);
  });

  it('gets what ends with the stop: a client that listens until then', async () => {
    await using collector = await Collector.start(nextAddress());
    const { node, url } = await served(tracingTo(collector, { OTEL_BSP_SCHEDULE_DELAY: '600000' }));
    const events = await fetch(`${url}/events`);
    const listened = events.text().catch(() => {});
    await node.stop();
    await listened;
    expect(collector.spans).toMatchObject([{ name: 'GET /events', attributes: { 'http.response.status_code': 200 } }]);
  });
});

it('what the environment asks for and is not spoken is said, and the node starts all the same', async () => {
  await using node = await served({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4317',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
  });
  expect(node.log.messages()).toContainEqual(expect.stringContaining('"grpc" is not spoken here'));
});
