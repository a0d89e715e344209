import { describe, expect, it } from 'vitest';
import { requestText, tracedMessage } from '../../../core/trace/traced-message.ts';
import { loopbackAddresses } from '../../../loopback.ts';
import { startNode } from '../../../running-node.ts';
import { problemIn, RunningRest } from '../rest/running-rest.ts';
import { TraceClient } from './trace-client.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const patience = { timeout: 20_000 };

async function serve() {
  const api = await RunningRest.start(nextAddress());
  const follow = (query = '', options?: { reads: boolean }) =>
    TraceClient.connect(`${api.http.server.url}/api/v1/trace${query}`, options);
  const show = (count: number, parts: Parameters<typeof tracedMessage>[0] = { text: requestText }): void => {
    for (let i = 0; i < count; i += 1) api.running.taps.take(tracedMessage(parts));
  };
  return { api, follow, show, [Symbol.asyncDispose]: () => api[Symbol.asyncDispose]() };
}

describe('GET /trace?format=json', () => {
  it('tells each message of the node in a line, and its bytes', async () => {
    await using served = await serve();
    const { api } = served;
    using client = await served.follow('?format=json');
    await using other = await startNode({
      server_address: `sip:${nextAddress()}:5060`,
      notification_address: api.node.uri,
    });
    other.listen('greetings');
    await expect.poll(() => api.running.active(), patience).toEqual([other.uri]);
    await api.running.broadcast('greetings', 'hello');
    const about = (direction: string) =>
      client.messages().find((message) => message.channel === 'greetings' && message.direction === direction);
    await expect.poll(() => about('received'), patience).toBeDefined();
    const [request, reply] = [about('sent'), about('received')];
    expect(request).toMatchObject({
      direction: 'sent',
      transport: 'udp',
      local: `${api.running.host}:5060`,
      remote: `${other.host}:5060`,
      method: 'KDMQ',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
    expect(reply).toMatchObject({ direction: 'received', method: 'KDMQ', code: 202, callId: request?.callId });
    const bytes = Buffer.from(String(request?.bytesBase64), 'base64');
    expect(bytes).toHaveLength(Number(request?.size));
    expect(bytes.toString()).toMatch(/^KDMQ sip:greetings@.*hello$/s);
    expect(client.reply.headers).toMatchObject({ 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  });

  it('tells only what is exchanged with a node that is asked for', async () => {
    await using served = await serve();
    using client = await served.follow('?format=json&node=sip:10.0.0.2:5070');
    served.show(1, { remote: { address: '10.0.0.3', port: 5070 }, text: requestText });
    served.show(1, { remote: { address: '10.0.0.2', port: 40_000 }, text: requestText });
    await expect.poll(() => client.messages(), patience).toMatchObject([{ remote: '10.0.0.2:40000' }]);
  });

  it('ends after as many messages as are wanted', async () => {
    await using served = await serve();
    using client = await served.follow('?format=json&count=3&node=sip:10.0.0.2:5070');
    served.show(10);
    await expect.poll(() => client.ended, patience).toBe(true);
    expect(client.messages()).toHaveLength(3);
    expect(client.lines().at(-1)).toEqual({ seen: 3, dropped: 0 });
  });

  it('ends after the time that is wanted', async () => {
    await using served = await serve();
    using client = await served.follow('?format=json&for_s=0.1&node=sip:10.0.0.2:5070');
    await expect.poll(() => client.ended, patience).toBe(true);
    expect(client.lines()).toEqual([{ seen: 0, dropped: 0 }]);
    expect(served.api.running.taps.hasTakers).toBe(false);
  });

  it('drops what a slow reader leaves lying, counts it, and says where it is missing', async () => {
    await using served = await serve();
    using client = await served.follow('?format=json&node=sip:10.0.0.2:5070', { reads: false });
    const { counters } = served.api;
    const text = `${requestText}${'x'.repeat(60_000)}`;
    await expect
      .poll(() => {
        served.show(100, { text });
        return counters.value('sip_trace_dropped');
      }, patience)
      .toBeGreaterThan(0);
    const [kept, lost] = [counters.value('sip_traced'), counters.value('sip_trace_dropped')];
    expect(kept).toBeLessThan(1_000);
    client.read();
    await expect.poll(() => client.messages().length, patience).toBe(kept);
    served.show(1);
    await expect.poll(() => client.messages().length, patience).toBe(kept + 1);
    const lines = client.lines();
    const gap = lines.findIndex(({ dropped }) => dropped === lost);
    expect(lines.slice(0, gap).filter(({ time }) => time !== undefined)).toHaveLength(kept);
    expect(lines.slice(gap).filter(({ time }) => time !== undefined)).toHaveLength(1);
  });
});

describe('GET /trace', () => {
  it('is a capture (pcapng) where nothing else is asked for', async () => {
    await using served = await serve();
    using client = await served.follow('?count=1&node=sip:10.0.0.2:5070');
    served.show(1);
    await expect.poll(() => client.ended, patience).toBe(true);
    expect(client.reply.headers['content-type']).toBe('application/x-pcapng');
    expect(client.bytes().subarray(0, 4).toString('hex')).toBe('0a0d0d0a');
  });

  it.each([
    ['?node=10.0.0.2', '"node" is "10.0.0.2"; a SIP URI is needed'],
    ['?node=sip:kamailio.example.org', '"node" is "sip:kamailio.example.org"; its host has to be an IP address'],
    ['?count=0', '"count" must be >= 1'],
    ['?for_s=0', '"for_s" must be >= 0.1'],
    ['?format=pcap', '"format" must be one of pcapng, json'],
    ['?nodes=x', 'may not have "nodes"'],
  ])('refuses %s', async (query, words) => {
    await using served = await serve();
    const problem = problemIn(await served.api.ask(`/trace${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID', detail: expect.stringContaining(words) });
  });

  it('is for four at the same time', async () => {
    await using served = await serve();
    const clients = await Promise.all(Array.from({ length: 4 }, () => served.follow()));
    const problem = problemIn(await served.api.ask('/trace'));
    expect(problem).toMatchObject({ status: 503, code: 'TOO_MANY_TRACES', retryAfter: '1' });
    for (const client of clients) client[Symbol.dispose]();
    await expect.poll(() => served.api.running.taps.hasTakers, patience).toBe(false);
    using again = await served.follow();
    expect(again.reply.statusCode).toBe(200);
  });

  it('ends when the node stops', async () => {
    const served = await serve();
    using client = await served.follow('?format=json');
    await served[Symbol.asyncDispose]();
    await expect.poll(() => client.ended, patience).toBe(true);
    expect(client.lines().at(-1)).toMatchObject({ dropped: 0 });
  });
});
