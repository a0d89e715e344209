import { afterAll, describe, expect, it, vi } from 'vitest';
import type { TransportName } from '../../../src/core/node-uri.ts';
import { outlineOf } from '../../../src/core/trace/message-outline.ts';
import type { TracedMessage } from '../../../src/core/trace/traced-message.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { MessageTaps } from '../../../src/edges/trace/message-taps.ts';
import { machineHas } from '../../machine.ts';
import { TestAuthority } from './certificates.ts';
import { PATIENCE, rawTcp, rawUdp, requestText, send, startNode } from './loopback-node.ts';

const hasOpenssl = machineHas('openssl');
const authority = hasOpenssl ? new TestAuthority() : undefined;
afterAll(() => authority?.remove());

async function tracedNode(transport: TransportName, host = '127.0.0.1') {
  const tap = new MessageTaps(new SystemClock());
  const messages: TracedMessage[] = [];
  tap.follow((message) => messages.push(message));
  const tls = authority?.options(authority.issue('IP:127.0.0.1,IP:::1'));
  const node = await startNode([transport], { tap, ...(tls && transport === 'tls' && { tls }) }, host);
  const lines = () =>
    messages.map(({ direction, bytes }) => `${direction} ${outlineOf(bytes).code ?? outlineOf(bytes).method}`);
  return { node, tap, messages, lines };
}

const cases: readonly (readonly [TransportName, string])[] = [
  ['udp', '127.0.0.1'],
  ['udp', '::1'],
  ['tcp', '127.0.0.1'],
  ['tcp', '::1'],
  ...(hasOpenssl ? ([['tls', '127.0.0.1']] as const) : []),
];

describe('a message is shown', () => {
  it.each(cases)('by %s over %s as it was sent and as it was received, at both ends', async (transport, host) => {
    const a = await tracedNode(transport, host);
    const b = await tracedNode(transport, host);
    await send(a.node, b.node.uri(), { body: 'hello' });
    await vi.waitFor(() => expect(a.lines()).toEqual(['sent KDMQ', 'received 200']), PATIENCE);
    expect(b.lines()).toEqual(['received KDMQ', 'sent 200']);
    expect(b.messages.map(({ bytes }) => Buffer.from(bytes))).toEqual(
      a.messages.map(({ bytes }) => Buffer.from(bytes)),
    );
    const [request] = a.messages;
    expect(request).toMatchObject({ transport, remote: { address: host, port: b.node.uri().port } });
    for (const message of b.messages)
      expect(message).toMatchObject({ transport, local: request!.remote, remote: request!.local });
    expect(Buffer.from(request!.bytes).toString()).toMatch(/^KDMQ sip:test@.*\r\n\r\nhello$/s);
  });

  it('once for each time that it is sent again', async () => {
    const a = await tracedNode('udp');
    const silent = await rawUdp();
    void send(a.node, { host: '127.0.0.1', port: silent.port, transport: 'udp' }, { deadlineMs: 1_000 });
    await vi.waitFor(() => expect(a.lines()).toEqual(['sent KDMQ', 'sent KDMQ']), PATIENCE);
  });

  it('although it can not be read', async () => {
    const a = await tracedNode('udp');
    const other = await rawUdp();
    other.send('no SIP at all', a.node.uri());
    await vi.waitFor(() => expect(a.messages).toHaveLength(1), PATIENCE);
    expect(Buffer.from(a.messages[0]!.bytes).toString()).toBe('no SIP at all');
  });

  it('as its head, with the answer, where the length of a stream message can not be', async () => {
    const a = await tracedNode('tcp');
    const other = await rawTcp(a.node.uri());
    other.send(requestText({ transport: 'TCP' }).replace(/Content-Length: \d+/, 'Content-Length: x'));
    await vi.waitFor(() => expect(a.lines()).toEqual(['received KDMQ', 'sent 400']), PATIENCE);
  });

  it('one by one where several came in one piece of a stream, and without keep-alives', async () => {
    const a = await tracedNode('tcp');
    const other = await rawTcp(a.node.uri());
    const texts = ['one', 'two'].map((body) => requestText({ transport: 'TCP', body }));
    other.send(`${texts[0]}\r\n\r\n${texts[1]}`);
    await vi.waitFor(() => expect(a.lines()).toHaveLength(4), PATIENCE);
    const received = a.messages.filter(({ direction }) => direction === 'received');
    expect(received.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts);
    await vi.waitFor(() => expect(other.text()).toContain('\r\n\r\n\r\n'), PATIENCE);
    expect(a.lines()).toHaveLength(4);
  });

  it('at the announced address where the socket is bound to all addresses', async () => {
    const tap = new MessageTaps(new SystemClock());
    const messages: TracedMessage[] = [];
    tap.follow((message) => messages.push(message));
    const listen = [{ transport: 'udp', host: '0.0.0.0', port: 0 }] as const;
    const node = await startNode(['udp'], { tap, listen });
    const other = await rawUdp();
    other.send(requestText(), { ...node.uri(), host: '127.0.0.1' });
    await vi.waitFor(() => expect(messages).toHaveLength(2), PATIENCE);
    for (const { local } of messages) expect(local.address).toBe('127.0.0.1');
  });
});
