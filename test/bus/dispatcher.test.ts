import { describe, expect, it } from 'vitest';
import { Dispatcher, type DispatchSettings } from '../../src/bus/dispatcher.ts';
import type { Peer } from '../../src/bus/peer.ts';
import { ChannelTally } from '../../src/core/channel-tally.ts';
import { PeerRegistry } from '../../src/core/peer-registry.ts';
import type { ReplyContent } from '../../src/ports/sip-transport.ts';
import { MemoryCounters } from '../fakes/memory-counters.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { MemoryTracer } from '../fakes/memory-tracer.ts';
import { requestOf } from './recorded-transport.ts';

const defaults: DispatchSettings = {
  admission: { kind: 'private' },
  notification_channel: 'notification_peer',
  num_workers: 2,
  worker_queue: 10,
};

/** The address of a pod that was deleted. */
const buried = '10.6.6.6';

function newDispatcher(changes: Partial<DispatchSettings> = {}, known: readonly string[] = [], tracer?: MemoryTracer) {
  const settings = { ...defaults, ...changes };
  const counters = new MemoryCounters();
  const log = new MemoryLog();
  const peers = new PeerRegistry<Peer>([]);
  const tally = new ChannelTally();
  const dispatcher = new Dispatcher({
    peers,
    settings: () => settings,
    isKnown: (address) => known.includes(address),
    isBuried: ({ source }) => source.address === buried,
    gossip: (_request, reply) => reply({ code: 200, reason: 'gossip' }),
    notification: (_request, reply) => reply({ code: 200, reason: 'notification' }),
    counters,
    tally,
    log,
    tracing: { tracer },
  });
  const replies: ReplyContent[] = [];
  const receive = (...parts: Parameters<typeof requestOf>): void =>
    dispatcher.receive(requestOf(...parts), (content) => replies.push(content));
  /** The codes of the replies so far, once promises have settled. */
  const codes = async (): Promise<number[]> => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    return replies.map(({ code }) => code);
  };
  return { dispatcher, peers, counters, tally, log, replies, receive, codes };
}

describe('a KDMQ message', () => {
  it('reaches the peer of its channel', async () => {
    const { peers, receive, codes } = newDispatcher();
    const bodies: string[] = [];
    peers.register({ name: 'bench', callback: ({ body }) => void bodies.push(new TextDecoder().decode(body)) });
    receive('bench', { body: 'hello' });
    expect(bodies).toEqual(['hello']);
    expect(await codes()).toEqual([202]);
  });

  it('is answered as the peer says, now or later', async () => {
    const { peers, receive, replies, codes } = newDispatcher();
    peers.register({ name: 'now', callback: () => ({ code: 200, body: 'x', contentType: 'text/plain' }) });
    peers.register({ name: 'later', callback: async () => ({ code: 488 }) });
    peers.register({ name: 'silent', callback: async () => undefined });
    for (const channel of ['now', 'later', 'silent']) receive(channel);
    expect(await codes()).toEqual([200, 488, 202]);
    expect(replies[0]).toEqual({ code: 200, body: 'x', contentType: 'text/plain' });
    expect(replies[2]).toEqual({ code: 202, reason: 'Accepted DMQ' });
  });

  it('is counted for its channel by the class of its answer', async () => {
    const { peers, receive, codes, tally } = newDispatcher();
    peers.register({ name: 'bench', callback: ({ body }) => ({ code: body.length > 0 ? 488 : 200 }) });
    for (const body of ['', '', 'x']) receive('bench', { body });
    receive('nobody');
    await codes();
    expect([...tally.counts()]).toEqual([['bench', { received: { '2xx': 2, '4xx': 1 }, sent: {} }]]);
  });

  it('is shown to whoever looks on, whether its channel has a peer or not', () => {
    const { dispatcher, receive } = newDispatcher();
    const seen: string[] = [];
    const end = dispatcher.onMessage(({ requestUser }) => seen.push(requestUser));
    for (const channel of ['bench', 'kdmq', 'notification_peer']) receive(channel);
    end();
    receive('bench');
    expect(seen).toEqual(['bench']);
  });

  it('of a channel without a peer gets 404, in Kamailio’s words', async () => {
    const { receive, replies, counters } = newDispatcher();
    receive('nobody');
    expect(replies).toEqual([{ code: 404, reason: 'User Not Found' }]);
    expect(counters.value('messages_refused', 'no_peer')).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws something that is no error',
      () => {
        throw 'broken';
      },
    ],
  ])('whose peer %s gets 500; the node lives on and says why', async (_what, callback) => {
    const { peers, receive, codes, counters, log } = newDispatcher();
    peers.register({ name: 'bench', callback });
    receive('bench');
    receive('bench');
    expect(await codes()).toEqual([500, 500]);
    expect(counters.value('peer_failures')).toBe(2);
    expect(log.lines[0]).toMatchObject({ level: 'error', message: 'a peer failed', fields: { channel: 'bench' } });
    expect(String(log.lines[0]!.fields.error)).toContain('broken');
  });

  it('beyond the places that may wait gets 503 with Retry-After', async () => {
    const { peers, receive, replies, counters } = newDispatcher({ num_workers: 1, worker_queue: 2 });
    peers.register({ name: 'slow', callback: () => new Promise(() => {}) });
    for (let index = 0; index < 5; index++) receive('slow');
    expect(replies).toEqual([
      { code: 503, reason: 'Too Many Messages Waiting', headers: [['Retry-After', '1']] },
      { code: 503, reason: 'Too Many Messages Waiting', headers: [['Retry-After', '1']] },
    ]);
    expect(counters.value('messages_refused', 'full')).toBe(2);
  });

  it('is handled in order of arrival with num_workers 1, however long each takes', async () => {
    const { peers, receive, codes } = newDispatcher({ num_workers: 1 });
    const order: string[] = [];
    const waits = new Map([
      ['a', 3],
      ['b', 0],
      ['c', 1],
    ]);
    peers.register({
      name: 'bench',
      callback: async ({ body }) => {
        const name = new TextDecoder().decode(body);
        order.push(`${name} begins`);
        for (let turn = 0; turn < waits.get(name)!; turn++) await Promise.resolve();
        order.push(`${name} ends`);
        return { code: 200 };
      },
    });
    for (const body of waits.keys()) receive('bench', { body });
    for (let turn = 0; turn < 10; turn++) await codes();
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('on the channels of the node itself goes to the node', () => {
    const { receive, replies } = newDispatcher({ notification_channel: 'lists' });
    receive('lists');
    receive('kdmq');
    expect(replies.map(({ reason }) => reason)).toEqual(['notification', 'gossip']);
  });
});

describe('a stranger', () => {
  it('gets 403 on every channel, and no peer hears of it', () => {
    const { peers, receive, replies, counters } = newDispatcher();
    peers.register({ name: 'bench', callback: () => ({ code: 200 }) });
    for (const channel of ['bench', 'notification_peer', 'kdmq', 'nobody']) receive(channel, { from: '8.8.8.8' });
    expect(replies).toEqual(new Array(4).fill({ code: 403, reason: 'Forbidden' }));
    expect(counters.value('messages_refused', 'stranger')).toBe(4);
  });

  it('that DNS or the list names is none', () => {
    const { receive, replies } = newDispatcher({}, ['8.8.8.8']);
    receive('nobody', { from: '8.8.8.8' });
    expect(replies[0]!.code).toBe(404);
  });

  it('of a range that was configured is none', () => {
    const { receive, replies } = newDispatcher({ admission: { kind: 'cidr', ranges: ['8.8.0.0/16'] } });
    receive('nobody', { from: '8.8.8.8' });
    receive('nobody', { from: '10.0.0.1' });
    expect(replies.map(({ code }) => code)).toEqual([404, 403]);
  });
});

describe('a request that is not KDMQ', () => {
  it('gets 405 with Allow', () => {
    const { receive, replies } = newDispatcher();
    receive('', { method: 'REGISTER' });
    expect(replies).toEqual([{ code: 405, headers: [['Allow', 'KDMQ, OPTIONS']] }]);
  });

  it('goes to the program’s handler, and gets 405 when that has no answer', async () => {
    const { dispatcher, receive, codes } = newDispatcher();
    dispatcher.setOtherHandler(({ method }) => (method === 'REGISTER' ? { code: 200 } : undefined));
    receive('', { method: 'REGISTER' });
    receive('', { method: 'INVITE' });
    expect(await codes()).toEqual([200, 405]);
  });

  it('whose handler throws gets 500', async () => {
    const { dispatcher, receive, codes } = newDispatcher();
    dispatcher.setOtherHandler(() => {
      throw new Error('broken');
    });
    receive('', { method: 'REGISTER' });
    expect(await codes()).toEqual([500]);
  });
});

describe('a node that stops', () => {
  it('answers 503 to what is new, and what is under way to its end', async () => {
    const { dispatcher, peers, receive, codes } = newDispatcher();
    let finish = (_content: ReplyContent): void => {};
    peers.register({ name: 'slow', callback: () => new Promise((resolve) => (finish = resolve)) });
    receive('slow');
    let drained = false;
    const done = dispatcher.drain().then(() => {
      drained = true;
    });
    receive('slow');
    receive('', { method: 'REGISTER' });
    expect(await codes()).toEqual([503, 503]);
    expect(drained).toBe(false);
    finish({ code: 200 });
    await done;
    expect(await codes()).toEqual([503, 503, 200]);
  });

  it('still speaks on its own channels: it says there that it stops', async () => {
    const { dispatcher, receive, codes } = newDispatcher();
    await dispatcher.drain();
    receive('notification_peer');
    receive('kdmq');
    expect(await codes()).toEqual([200, 200]);
  });
});

describe('traces', () => {
  const traced = () => {
    const tracer = new MemoryTracer();
    return { tracer, ...newDispatcher({}, [], tracer) };
  };

  it('have a span for each message of a peer, part of the trace that the sender names', async () => {
    const { tracer, dispatcher, peers, replies } = traced();
    peers.register({
      name: 'bench',
      callback: () => void tracer.start({ name: 'work', kind: 'internal', attributes: {} }),
    });
    const request = {
      ...requestOf('bench'),
      header: (name: string) => (name === 'traceparent' ? '00-1-2-01' : undefined),
    };
    dispatcher.receive(request, (content) => replies.push(content));
    expect(tracer.spans).toMatchObject([
      { name: 'process bench', kind: 'server', parent: '00-1-2-01', end: { attributes: { 'kdmq.reply.code': 202 } } },
      { name: 'work', within: 'process bench' },
    ]);
    expect(replies.map(({ code }) => code)).toEqual([202]);
  });

  it('say when a peer fails, and count messages as without them', async () => {
    const { tracer, peers, receive, codes, tally, counters } = traced();
    peers.register({ name: 'bench', callback: () => Promise.reject(new Error('no')) });
    receive('bench');
    expect(await codes()).toEqual([500]);
    expect(tracer.spans).toMatchObject([{ name: 'process bench', end: { error: '500' } }]);
    expect(tally.counts().get('bench')?.received).toEqual({ '5xx': 1 });
    expect(counters.value('peer_failures')).toBe(1);
  });

  it('have nothing of what nodes say to one another, and of channels without a peer', () => {
    const { tracer, receive } = traced();
    for (const channel of ['kdmq', 'notification_peer', 'nobody']) receive(channel);
    expect(tracer.spans).toEqual([]);
  });
});
