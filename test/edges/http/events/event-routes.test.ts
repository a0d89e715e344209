import { describe, expect, it } from 'vitest';
import { eventRoutes } from '../../../../src/edges/http/events/event-routes.ts';
import { SystemClock } from '../../../../src/edges/system/system-clock.ts';
import { SystemRandom } from '../../../../src/edges/system/system-random.ts';
import type { KdmqNode, NodeEventView, NodeTransition, SettingValues } from '../../../../src/index.ts';
import type { Clock } from '../../../../src/ports/clock.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { MemoryCounters } from '../../../fakes/memory-counters.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { startNode } from '../../../running-node.ts';
import { measured } from '../../../waiting.ts';
import { problemIn } from '../rest/running-rest.ts';
import { RunningHttp } from '../running-http.ts';
import { EventClient } from './event-client.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

async function serve(node: Pick<KdmqNode, 'on' | 'onMessage' | 'queues'>, clock: Clock = new SystemClock()) {
  const limits = { maxBody: 2_048, maxConnections: 200, requestTimeoutMs: 30_000 };
  const counters = new MemoryCounters();
  const http = RunningHttp.make(nextAddress(), {
    limits,
    counters,
    routes: (app) => eventRoutes(app, { node, clock, random: new SystemRandom(), counters }),
  });
  await http.server.start();
  const connect = (query = '', headers?: Record<string, string>) =>
    EventClient.connect(`${http.server.url}/events${query}`, headers);
  return { http, connect, counters };
}

async function withNode(settings: SettingValues = {}) {
  const running = await startNode({ server_address: `sip:${nextAddress()}:5060`, ...settings });
  return { running, ...(await serve(running.node)) };
}

/** A node to which happens what the test says. */
function standIn() {
  const listeners = new Map<NodeTransition, (event: NodeEventView) => void>();
  const queues = { all: () => [] } as unknown as KdmqNode['queues'];
  const node: Pick<KdmqNode, 'on' | 'onMessage' | 'queues'> = {
    on(transition, listener) {
      listeners.set(transition, listener);
      return () => listeners.delete(transition);
    },
    onMessage: () => () => {},
    queues,
  };
  const join = (why: string) =>
    listeners.get('joined')?.({ transition: 'joined', uri: 'sip:10.0.0.2:5060', kind: 'kdmq', why });
  return { node, join, listeners };
}

const whys = (client: EventClient) => client.events().map(({ data }) => data.why);

describe('/events tells', () => {
  it('what happens to nodes', async () => {
    const { running, http, connect } = await withNode();
    await using _ = running;
    await using __ = http;
    using client = await connect();
    expect(client.reply.headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const other = await startNode({ server_address: `sip:${nextAddress()}:5060`, notification_address: running.uri });
    await measured(10_000, () => expect(client.events()).toHaveLength(1));
    await other.stop();
    await measured(10_000, () => expect(client.events()).toHaveLength(2));
    const { uri } = other;
    expect(client.events()).toMatchObject([
      { type: 'node', data: { transition: 'joined', uri, kind: 'kdmq' } },
      { type: 'node', data: { transition: 'left', uri, why: 'goodbye' } },
    ]);
  });

  it('that a message came, not what is in it', async () => {
    const { running, http, connect } = await withNode();
    await using _ = running;
    await using __ = http;
    using client = await connect('?types=message');
    await using other = await startNode({ server_address: `sip:${nextAddress()}:5060` });
    await other.node.sendMessage('greetings', running.uri, 'secret');
    await measured(10_000, () => expect(client.events()).toHaveLength(1));
    expect(client.events()).toMatchObject([
      { type: 'message', data: { channel: 'greetings', from: other.uri, size: 6, contentType: 'text/plain' } },
    ]);
    expect(client.text).not.toContain('secret');
  });

  it('how queues stand, when that has changed, once a second', async () => {
    const { running, http, connect } = await withNode({ mqueue: { calls: {}, other: {} } });
    await using _ = running;
    await using __ = http;
    using client = await connect('?types=queue,node');
    const queue = running.node.queues.get('calls');
    for (const value of 'abc') await queue.add('k', value);
    await measured(10_000, () => expect(client.events()).toHaveLength(1));
    await queue.fetch();
    await measured(10_000, () => expect(client.events()).toHaveLength(2));
    expect(client.events()).toMatchObject([
      { type: 'queue', data: { name: 'calls', state: 'ready', size: 3, counts: { added: 3, fetched: 0 } } },
      { type: 'queue', data: { name: 'calls', size: 2, counts: { fetched: 1 } } },
    ]);
  });

  it('only what was asked for', async () => {
    const { node, join } = standIn();
    const { http, connect } = await serve(node);
    await using _ = http;
    using all = await connect();
    using none = await connect('?types=queue');
    join('answered');
    await measured(10_000, () => expect(all.events()).toHaveLength(1));
    expect(none.events()).toEqual([]);
  });

  it('nothing of a kind that there is not', async () => {
    const { http } = await serve(standIn().node);
    await using _ = http;
    expect(problemIn(await http.ask('/events?types=nodes'))).toMatchObject({
      status: 400,
      code: 'REQUEST_INVALID',
      detail: expect.stringContaining('node, message, queue'),
    });
  });
});

describe('a client of /events', () => {
  it('that comes back misses nothing', async () => {
    const { node, join } = standIn();
    const { http, connect } = await serve(node);
    await using _ = http;
    using first = await connect();
    for (const why of 'ab') join(why);
    await measured(10_000, () => expect(whys(first)).toEqual(['a', 'b']));
    first[Symbol.dispose]();
    for (const why of 'cd') join(why);
    using again = await connect('', { 'last-event-id': first.events()[0]!.id! });
    join('e');
    await measured(10_000, () => expect(whys(again)).toEqual(['b', 'c', 'd', 'e']));
  });

  it('that is cut off before its first event misses nothing either', async () => {
    const { node, join } = standIn();
    const { http, connect } = await serve(node);
    await using _ = http;
    using first = await connect();
    await measured(10_000, () => expect(first.lastId).toMatch(/^[a-z0-9]+-0$/));
    first[Symbol.dispose]();
    join('meanwhile');
    using again = await connect('', { 'last-event-id': first.lastId! });
    await measured(10_000, () => expect(whys(again)).toEqual(['meanwhile']));
    using later = await connect();
    await measured(10_000, () => expect(later.lastId).toBe(again.lastId));
    expect(later.events()).toEqual([]);
  });

  it('that was told of a gap is not told of it again', async () => {
    const { http, connect } = await serve(standIn().node);
    await using _ = http;
    using client = await connect('', { 'last-event-id': 'other-7' });
    await measured(10_000, () => expect(client.lastId).toBeDefined());
    expect(client.events()).toMatchObject([{ type: 'gap' }]);
    using again = await connect('', { 'last-event-id': client.lastId! });
    await measured(10_000, () => expect(again.lastId).toBe(client.lastId));
    expect(again.events()).toEqual([]);
  });

  it('that comes back after more than is told at once gets the newest of it, and a gap', async () => {
    const { node, join } = standIn();
    const { http, connect } = await serve(node);
    await using _ = http;
    using first = await connect();
    join('first');
    await measured(10_000, () => expect(first.events()).toHaveLength(1));
    first[Symbol.dispose]();
    for (let number = 0; number < 900; number += 1) join(`${number} ${'x'.repeat(300)}`);
    using again = await connect('', { 'last-event-id': first.events()[0]!.id! });
    join('last');
    await measured(10_000, () => expect(whys(again).at(-1)).toBe('last'));
    const [gap, oldest, ...rest] = again.events();
    expect(gap!.type).toBe('gap');
    const begin = Number.parseInt(String(oldest!.data.why), 10);
    expect(begin).toBeGreaterThan(300);
    expect(rest).toHaveLength(900 - begin);
    expect(again.ended).toBe(false);
  });

  it('is told when it has missed something', async () => {
    const { node, join } = standIn();
    const { http, connect } = await serve(node);
    await using _ = http;
    using client = await connect('', { 'last-event-id': 'other-7' });
    join('a');
    await measured(10_000, () => expect(client.events()).toHaveLength(2));
    expect(client.events()).toMatchObject([
      { id: undefined, type: 'gap' },
      { type: 'node', data: { why: 'a' } },
    ]);
  });

  it('that comes back after nobody listened for a minute is told so, and the node is not looked at meanwhile', async () => {
    const { node, join, listeners } = standIn();
    const clock = new FakeClock();
    const { http, connect } = await serve(node, clock);
    await using _ = http;
    using first = await connect();
    join('a');
    await measured(10_000, () => expect(first.events()).toHaveLength(1));
    expect(listeners.size).toBe(6);
    first[Symbol.dispose]();
    await measured(10_000, () => {
      clock.advance(30_000);
      expect(listeners.size).toBe(0);
    });
    using again = await connect('', { 'last-event-id': first.events()[0]!.id! });
    await measured(10_000, () => expect(again.events().map(({ type }) => type)).toEqual(['gap']));
  });

  it('hears a heartbeat each 15 s', async () => {
    const clock = new FakeClock();
    const { http, connect } = await serve(standIn().node, clock);
    await using _ = http;
    using client = await connect();
    clock.advance(45_000);
    await measured(10_000, () => expect(client.text.match(/^:$/gm)).toHaveLength(3));
  });

  it('that does not read is cut and counted, the others go on', async () => {
    const { node, join } = standIn();
    const { http, connect, counters } = await serve(node);
    await using _ = http;
    using slow = await connect();
    using quick = await connect();
    slow.reply.pause();
    let told = 0;
    await measured(20_000, () => {
      join('x'.repeat(200_000));
      told += 1;
      expect(counters.value('http_events_clients_cut')).toBe(1);
    });
    await measured(10_000, () => expect(quick.events()).toHaveLength(told));
    expect(quick.ended).toBe(false);
  });

  it('beyond a hundred is refused, and one that goes makes room', async () => {
    const { http, connect, counters } = await serve(standIn().node);
    await using _ = http;
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect()));
    expect(clients.every(({ reply }) => reply.statusCode === 200)).toBe(true);
    const refused = { status: 503, code: 'TOO_MANY_LISTENERS', retryAfter: '5' };
    expect(problemIn(await http.ask('/events'))).toMatchObject(refused);
    expect(counters.value('http_calls_refused', 'events')).toBe(1);
    for (const client of clients) client[Symbol.dispose]();
    await measured(10_000, async () => {
      using next = await connect();
      expect(next.reply.statusCode).toBe(200);
    });
  });

  it('ends when the node does', async () => {
    const { http, connect } = await serve(standIn().node);
    using client = await connect();
    await http.server.stop();
    await measured(10_000, () => expect(client.ended).toBe(true));
    expect(client.text.endsWith('\n\n')).toBe(true);
  });
});
