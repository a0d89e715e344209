import { describe, expect, it } from 'vitest';
import { type Delivery, describeDelivery, Sender } from '../../src/bus/sender.ts';
import { ChannelTally } from '../../src/core/channel-tally.ts';
import { uriOf } from '../core/records.ts';
import { MemoryTracer } from '../fakes/memory-tracer.ts';
import { newDirectory } from './directory-with.ts';
import { RecordedTransport } from './recorded-transport.ts';

function newSender(tracer?: MemoryTracer) {
  const { directory, clock, log, counters, join, end } = newDirectory();
  const transport = new RecordedTransport();
  const doubted: string[] = [];
  const tally = new ChannelTally();
  const doubt = (key: string): void => void doubted.push(key);
  const sender = new Sender({
    directory,
    transport,
    counters,
    tally,
    log,
    now: () => clock.now(),
    tracing: { tracer },
    doubt,
  });
  return { sender, transport, doubted, clock, log, counters, tally, join, end };
}

const hosts = (transport: RecordedTransport): string[] =>
  transport.sent.map(({ request }) => request.target.host).sort();

describe('a broadcast', () => {
  it('goes to every active node, not to the dead, the gone and `except`', () => {
    const { sender, transport, join, end } = newSender();
    for (const host of ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6']) join(host);
    end('10.0.0.3', 'silent');
    end('10.0.0.4', 'goodbye');
    end('10.0.0.6', 'unanswered');
    void sender.broadcast('bench', 'x', { except: uriOf('10.0.0.5') });
    expect(hosts(transport)).toEqual(['10.0.0.2', '10.0.0.6']);
  });

  it('gives one delivery a node; one node’s failure never touches another', async () => {
    const { sender, transport, join, doubted, counters, tally } = newSender();
    for (const host of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) join(host);
    const deliveries = sender.broadcast('bench', 'x', {});
    transport.fail('10.0.0.3', 'timeout');
    transport.answer('10.0.0.2', { code: 202, reason: 'Accepted DMQ' });
    transport.answer('10.0.0.4', { code: 404, reason: 'User Not Found' });
    expect((await deliveries).map(describeDelivery).sort()).toEqual([
      'sip:10.0.0.2:5060 202 Accepted DMQ',
      'sip:10.0.0.3:5060 408 a test: timeout',
      'sip:10.0.0.4:5060 404 User Not Found',
    ]);
    expect(doubted).toEqual(['udp:10.0.0.3:5060']);
    expect(counters.all()).toMatchObject({
      'messages_sent{2xx}': 1,
      'messages_sent{4xx}': 1,
      'messages_sent{timeout}': 1,
    });
    expect(tally.counts().get('bench')?.sent).toEqual({ '2xx': 1, '4xx': 1, timeout: 1 });
  });

  it('to nobody is done at once', async () => {
    expect(await newSender().sender.broadcast('bench', 'x', {})).toEqual([]);
  });
});

describe('a message', () => {
  it('is text/plain with Max-Forwards 1 unless said otherwise', () => {
    const { sender, transport } = newSender();
    void sender.send('bench', uriOf('10.0.0.2'), 'x', {});
    void sender.send('bench', uriOf('10.0.0.2'), 'x', {
      contentType: 'application/json',
      maxForwards: 3,
      deadlineMs: 50,
    });
    expect(transport.sent.map(({ request }) => [request.contentType, request.maxForwards, request.deadlineMs])).toEqual(
      [
        ['text/plain', 1, 32_000],
        ['application/json', 3, 50],
      ],
    );
  });

  it('goes by TCP when large to a node that offers it, else as its URI says', () => {
    const { sender, transport, join } = newSender();
    join('10.0.0.2');
    join('10.0.0.9', 'kamailio');
    for (const target of ['10.0.0.2', '10.0.0.9', '10.0.0.7;transport=tls'])
      void sender.send('bench', uriOf(target), 'x', {});
    expect(transport.sent.map(({ request }) => request.carrier)).toEqual(['larger', 'udp', 'tls']);
  });

  it('tells its outcome to the response callback, with the time it took', () => {
    const { sender, transport, clock } = newSender();
    const heard: Delivery[] = [];
    void sender.send('bench', uriOf('10.0.0.2'), 'x', { onReply: (delivery) => void heard.push(delivery) });
    clock.advance(12);
    transport.answer('10.0.0.2', { code: 200, body: 'yes' });
    expect(heard).toMatchObject([{ code: 200, elapsedMs: 12, failure: undefined }]);
  });

  it('that could not be sent for a reason of ours casts no doubt on the node', async () => {
    const { sender, transport, doubted } = newSender();
    const delivery = sender.send('bench', uriOf('10.0.0.2'), 'x', {});
    transport.fail('10.0.0.2', 'overflow');
    expect(await delivery).toMatchObject({ code: 408, failure: 'overflow' });
    expect(doubted).toEqual([]);
  });

  it('whose response callback throws is delivered all the same', async () => {
    const { sender, transport, log } = newSender();
    const onReply = (): void => {
      throw new Error('broken');
    };
    const delivery = sender.send('bench', uriOf('10.0.0.2'), 'x', { onReply });
    transport.answer('10.0.0.2', { code: 200 });
    expect((await delivery).code).toBe(200);
    expect(log.messages('error')).toEqual(['onReply failed']);
  });
});

describe('traces', () => {
  it('have a span for a broadcast and one for each node, with what came of it', async () => {
    const tracer = new MemoryTracer();
    const { sender, transport, join } = newSender(tracer);
    for (const host of ['10.0.0.2', '10.0.0.3']) join(host);
    const deliveries = sender.broadcast('bench', 'x', {});
    transport.answer('10.0.0.2', { code: 202, reason: 'Accepted DMQ' });
    transport.fail('10.0.0.3', 'timeout');
    await deliveries;
    const within = 'broadcast bench';
    expect(tracer.spans).toMatchObject([
      {
        name: within,
        kind: 'internal',
        within: undefined,
        end: { attributes: { 'kdmq.nodes.failed': 1 }, error: 'not_all' },
      },
      { name: 'send bench', kind: 'client', within, end: { attributes: { 'kdmq.reply.code': 202 } } },
      { name: 'send bench', kind: 'client', within, end: { error: 'timeout' } },
    ]);
    expect(tracer.spans[1]?.end?.error).toBeUndefined();
  });

  it('are passed on to our own nodes, never to a Kamailio or to who is not known', () => {
    const tracer = new MemoryTracer();
    const { sender, transport, join } = newSender(tracer);
    join('10.0.0.2', 'kdmq');
    join('10.0.0.3', 'kamailio');
    for (const host of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) void sender.send('bench', uriOf(host), 'x', {});
    const headers = Object.fromEntries(transport.sent.map(({ request }) => [request.target.host, request.headers]));
    expect(headers).toEqual({
      '10.0.0.2': [['traceparent', 'traceparent of send bench']],
      '10.0.0.3': undefined,
      '10.0.0.4': undefined,
    });
  });

  it('add nothing to a message where there are none', () => {
    const { sender, transport, join } = newSender();
    join('10.0.0.2', 'kdmq');
    void sender.send('bench', uriOf('10.0.0.2'), 'x', {});
    expect(transport.sent[0]?.request).not.toHaveProperty('headers');
  });
});
