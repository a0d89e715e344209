import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { NodeUri } from '../../../src/core/node-uri.ts';
import { ListenError } from '../../../src/edges/sip/listen-error.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { TestAuthority } from './certificates.ts';
import { PATIENCE, type RawTcp, rawTcp, rawUdp, replyText, requestText, send, startNode } from './loopback-node.ts';

/** A TCP server that does with each connection what the test says. */
async function rawServer(onConnection: (socket: Socket, count: number) => void): Promise<NodeUri & { server: Server }> {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
    onConnection(socket, ++count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return { server, host: '127.0.0.1', port: typeof address === 'object' ? (address?.port ?? 0) : 0, transport: 'tcp' };
}

/** Answers each request of a connection, one whole request a chunk. */
function answering(socket: Socket, code = 200): void {
  socket.on('data', (chunk) => {
    for (const request of chunk.toString('latin1').split(/(?=KDMQ sip:)/)) socket.write(replyText(request, code));
  });
}

let authority: TestAuthority;
beforeAll(() => {
  authority = new TestAuthority();
});
afterAll(() => authority.remove());

const repliesIn = (text: string): number => text.split('SIP/2.0 200 OK\r\n').length - 1;
const tcpRequest = (body = ''): string => requestText({ transport: 'TCP', viaParameters: '', body });

describe('requests over TCP', () => {
  it.each(['127.0.0.1', '::1'])('reach another node and bring its reply back (%s)', async (host) => {
    const a = await startNode(['tcp'], {}, host);
    const b = await startNode(['tcp'], {}, host);
    expect(await send(a, b.uri(), { body: 'hello' })).toMatchObject({ ok: true, reply: { code: 200 } });
    expect(b.requests[0]).toMatchObject({ source: { address: host, transport: 'tcp' } });
    expect(b.requests[0]!.from).toEqual(a.uri());
  });

  it('share one connection and may be under way at the same time', async () => {
    const a = await startNode(['tcp']);
    const b = await startNode(['tcp']);
    const outcomes = await Promise.all(Array.from({ length: 500 }, () => send(a, b.uri())));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(a.counters.value('sip_connections_opened', 'tcp')).toBe(1);
    expect(b.counters.value('sip_connections_accepted', 'tcp')).toBe(1);
  });

  it('come from the address that the node listens on', async () => {
    const a = await startNode(['tcp'], {}, '127.20.4.1');
    const b = await startNode(['tcp'], {}, '127.20.4.2');
    await send(a, b.uri());
    expect(b.requests[0]!.source.address).toBe('127.20.4.1');
  });

  it('carry the announced URI of another transport in From', async () => {
    const a = await startNode(['udp']);
    const b = await startNode(['tcp']);
    await send(a, b.uri());
    expect(b.requests[0]!.from).toEqual(a.uri('udp'));
  });

  it('go once more over a new connection when the one that was open turns out closed', async () => {
    const a = await startNode(['tcp']);
    const server = await rawServer((socket, count) => {
      if (count > 1) return answering(socket);
      // The first request is answered, the second meets a connection that closes.
      let requests = 0;
      socket.on('data', (chunk) => {
        if (++requests === 1) socket.write(replyText(chunk.toString('latin1'), 200));
        else socket.destroy();
      });
    });
    expect(await send(a, server)).toMatchObject({ ok: true });
    expect(await send(a, server)).toMatchObject({ ok: true });
    expect(a.counters.value('sip_connections_opened', 'tcp')).toBe(2);
  });

  it('are not repeated without end', async () => {
    const a = await startNode(['tcp']);
    const server = await rawServer((socket) => {
      socket.once('data', () => socket.destroy());
    });
    expect(await send(a, server)).toMatchObject({ ok: false, failure: 'unreachable' });
  });

  it('are unreachable at once where nobody listens', async () => {
    const a = await startNode(['tcp']);
    const { server, ...target } = await rawServer(() => {});
    server.close();
    expect(await send(a, target)).toMatchObject({ ok: false, failure: 'unreachable' });
  });

  it('never reach a node by TLS when no certificate is configured', async () => {
    const a = await startNode(['tcp']);
    const b = await startNode(['tcp']);
    expect(await send(a, { ...b.uri(), transport: 'tls' })).toMatchObject({ ok: false, failure: 'unreachable' });
  });

  it('are refused as overflow when the other side does not read', async () => {
    const a = await startNode(['tcp'], { streamLimits: { writeBuffer: 200_000 } });
    const server = await rawServer((socket) => socket.pause());
    const failures = new Set<string>();
    for (let index = 0; index < 200; index++) {
      const done = send(a, server, { body: 'x'.repeat(50_000) });
      void done.then((outcome) => failures.add(outcome.ok ? 'answered' : outcome.failure));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect([...failures]).toEqual(['overflow']), PATIENCE);
  });

  it('end when their connection does not come about in time', async () => {
    const clock = new FakeClock();
    const a = await startNode(['tls'], { clock, tls: authority.options(authority.issue('IP:127.0.0.1')) });
    const silent = await rawServer(() => {});
    const outcome = send(a, { ...silent, transport: 'tls' });
    clock.advance(6000);
    expect(await outcome).toMatchObject({ ok: false, failure: 'unreachable' });
    expect(a.counters.value('sip_connections_cut', 'connect')).toBe(1);
  });
});

describe('carrier', () => {
  const both = async (host: string) => {
    const udp = await startNode(['udp'], {}, host);
    const target = udp.uri();
    const tcp = await startNode([], { listen: [{ transport: 'tcp', host, port: target.port }] }, host);
    return { udp, tcp, target };
  };

  it('larger takes UDP up to 1,300 bytes and TCP beyond, and leaves the URI as it is', async () => {
    const a = await startNode(['udp']);
    const { udp, tcp, target } = await both('127.20.4.3');
    expect(await send(a, target, { carrier: 'larger', body: 'small' })).toMatchObject({ ok: true });
    expect(await send(a, target, { carrier: 'larger', body: 'x'.repeat(1300) })).toMatchObject({ ok: true });
    expect(udp.requests).toHaveLength(1);
    expect(tcp.requests).toHaveLength(1);
    const line = Buffer.from(tcp.requests[0]!.bytes).toString('latin1').split('\r\n')[0];
    expect(line).toBe(`KDMQ sip:test@127.20.4.3:${target.port} SIP/2.0`);
  });

  it('tcp takes a body that no datagram holds', async () => {
    const a = await startNode(['udp']);
    const { tcp, target } = await both('127.20.4.4');
    expect(await send(a, target, { carrier: 'tcp', body: 'x'.repeat(66_000) })).toMatchObject({ ok: true });
    expect(tcp.requests[0]!.body).toHaveLength(66_000);
  });
});

describe('a TCP connection that others open', () => {
  it('is answered however its bytes are cut', async () => {
    const b = await startNode(['tcp']);
    const client = await rawTcp(b.uri());
    for (const byte of tcpRequest('body')) {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await vi.waitFor(() => expect(repliesIn(client.text())).toBe(1), PATIENCE);
    expect(Buffer.from(b.requests[0]!.body).toString()).toBe('body');
  });

  it('gets all answers to 2,000 requests in one write', async () => {
    const b = await startNode(['tcp']);
    b.answer = (_request, reply) => queueMicrotask(() => reply({ code: 200 }));
    const client = await rawTcp(b.uri());
    client.send(Array.from({ length: 2000 }, () => tcpRequest('some body')).join(''));
    await vi.waitFor(() => expect(repliesIn(client.text())).toBe(2000), PATIENCE);
    expect(b.requests).toHaveLength(2000);
  });

  it('gets its answers when it closes its half first', async () => {
    const b = await startNode(['tcp']);
    b.answer = (_request, reply) => setTimeout(() => reply({ code: 200 }), 20);
    const client = await rawTcp(b.uri());
    client.socket.end(tcpRequest());
    await vi.waitFor(() => expect(repliesIn(client.text())).toBe(1), PATIENCE);
  });

  it('handles a request that is repeated: Timer J is 0 on a stream', async () => {
    const b = await startNode(['tcp']);
    const client = await rawTcp(b.uri());
    const request = tcpRequest();
    client.send(request + request);
    await vi.waitFor(() => expect(repliesIn(client.text())).toBe(2), PATIENCE);
    expect(b.requests).toHaveLength(2);
  });

  it('gets a CRLF for a double CRLF', async () => {
    const b = await startNode(['tcp']);
    const client = await rawTcp(b.uri());
    client.send('\r\n\r\n');
    await vi.waitFor(() => expect(client.text()).toBe('\r\n'), PATIENCE);
  });

  it.each([
    ['a negative Content-Length', tcpRequest().replace('Content-Length: 0', 'Content-Length: -5'), 400],
    ['no Content-Length', tcpRequest().replace('Content-Length: 0\r\n', ''), 400],
    ['a Content-Length beyond the limit', tcpRequest().replace('Content-Length: 0', 'Content-Length: 999999'), 413],
    ['endless headers', tcpRequest().replace('Max-Forwards', `X: ${'x'.repeat(20_000)}\r\nMax-Forwards`), 513],
  ])('is answered and closed after %s', async (_what, message, code) => {
    const b = await startNode(['tcp']);
    const client = await rawTcp(b.uri());
    client.send(message);
    await vi.waitFor(() => expect(client.closed()).toBe(true), PATIENCE);
    expect(client.text()).toMatch(new RegExp(`^SIP/2.0 ${code} `));
    expect(b.requests).toEqual([]);
    expect(b.counters.value('sip_connections_cut', 'framing')).toBe(1);
  });

  it.each([
    ['headers that do not end', 'KDMQ sip:test@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP a', 5_500, 'header'],
    ['a body that does not come', tcpRequest().replace('Content-Length: 0', 'Content-Length: 10'), 30_500, 'message'],
  ])('is cut at the deadline for %s', async (_what, bytes, ms, reason) => {
    const clock = new FakeClock();
    const b = await startNode(['tcp'], { clock });
    const client = await rawTcp(b.uri());
    client.send(requestText({ method: 'OPTIONS', transport: 'TCP' }) + bytes);
    await vi.waitFor(() => expect(client.text()).toContain('SIP/2.0 200 OK'), PATIENCE);
    clock.advance(ms - 1000);
    // A byte now and then buys no time.
    client.send(' ');
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.closed()).toBe(false);
    clock.advance(2000);
    await vi.waitFor(() => expect(client.closed()).toBe(true), PATIENCE);
    expect(b.counters.value('sip_connections_cut', reason)).toBe(1);
  });

  it('is closed when it has been idle for two minutes', async () => {
    const clock = new FakeClock();
    const b = await startNode(['tcp'], { clock });
    const client = await rawTcp(b.uri());
    await vi.waitFor(() => expect(b.counters.value('sip_connections_accepted', 'tcp')).toBe(1), PATIENCE);
    clock.advance(119_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(client.closed()).toBe(false);
    clock.advance(2_000);
    await vi.waitFor(() => expect(client.closed()).toBe(true), PATIENCE);
  });

  it('is cut when it does not read its answers', async () => {
    const clock = new FakeClock();
    const b = await startNode(['tcp'], { clock });
    b.answer = (_request, reply) => reply({ code: 200, body: 'x'.repeat(60_000) });
    const client = await rawTcp(b.uri());
    client.socket.pause();
    for (let index = 0; index < 400; index++) client.send(tcpRequest());
    await vi.waitFor(
      () => {
        // No more is read from it than it may still be answered: the rest waits in the kernel.
        clock.advance(1000);
        expect(b.counters.total('sip_connections_cut')).toBe(1);
      },
      { timeout: 20_000, interval: 20 },
    );
  });

  it('is refused beyond the limit of its address and beyond the limit of all', async () => {
    const b = await startNode(['tcp'], { maxConnections: 5, maxConnectionsPerAddress: 3 });
    const clients: RawTcp[] = [];
    for (let index = 0; index < 4; index++) clients.push(await rawTcp(b.uri()));
    await vi.waitFor(() => expect(clients[3]!.closed()).toBe(true), PATIENCE);
    expect(b.counters.value('sip_connections_refused', 'per_address')).toBe(1);
    clients[0]!.socket.destroy();
    await vi.waitFor(async () => {
      const another = await rawTcp(b.uri());
      another.send(tcpRequest());
      await vi.waitFor(() => expect(repliesIn(another.text())).toBe(1), { timeout: 500 });
    }, PATIENCE);
  });

  it('leads replies elsewhere when it is gone: to where the Via says, at the address that it came from', async () => {
    const b = await startNode(['tcp']);
    let answer = (): void => {};
    b.answer = (_request, reply) => {
      answer = () => reply({ code: 200 });
    };
    let received = '';
    const listener = await rawServer((socket) => {
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
      });
    });
    const client = await rawTcp(b.uri());
    client.send(requestText({ transport: 'TCP', sentBy: `127.0.0.1:${listener.port}`, viaParameters: '' }));
    await vi.waitFor(() => expect(b.requests).toHaveLength(1), PATIENCE);
    client.socket.resetAndDestroy();
    await vi.waitFor(() => expect(b.counters.value('sip_connections_closed', 'tcp')).toBe(1), PATIENCE);
    answer();
    await vi.waitFor(() => expect(repliesIn(received)).toBe(1), PATIENCE);
  });
});

describe('hold', () => {
  it('tells at once when the other process ends', async () => {
    const a = await startNode(['tcp']);
    const sockets: Socket[] = [];
    const server = await rawServer((socket) => sockets.push(socket));
    const lost = vi.fn();
    a.transport.hold({ ...server, transport: 'udp' }, lost);
    await vi.waitFor(() => expect(sockets).toHaveLength(1), PATIENCE);
    expect(lost).not.toHaveBeenCalled();
    sockets[0]!.resetAndDestroy();
    await vi.waitFor(() => expect(lost.mock.calls).toEqual([['closed']]), PATIENCE);
  });

  it('tells that nobody listens', async () => {
    const a = await startNode(['tcp']);
    const { server, ...target } = await rawServer(() => {});
    server.close();
    const lost = vi.fn();
    a.transport.hold(target, lost);
    await vi.waitFor(() => expect(lost.mock.calls).toEqual([['refused']]), PATIENCE);
  });

  it('tells nothing after it was let go, nor when this node stops', async () => {
    const a = await startNode(['tcp']);
    const b = await startNode(['tcp']);
    const lost = vi.fn();
    const held = a.transport.hold(b.uri(), lost);
    const other = vi.fn();
    a.transport.hold(b.uri(), other);
    expect(await send(a, b.uri())).toMatchObject({ ok: true });
    held.close();
    await a.transport.stop();
    expect(lost).not.toHaveBeenCalled();
    expect(other).not.toHaveBeenCalled();
  });

  it('keeps the connection through a silence in which others are closed', async () => {
    const clock = new FakeClock();
    const a = await startNode(['tcp'], { clock });
    const b = await startNode(['tcp'], { clock });
    const lost = vi.fn();
    a.transport.hold(b.uri(), lost);
    await vi.waitFor(() => expect(b.counters.value('sip_connections_accepted', 'tcp')).toBe(1), PATIENCE);
    for (let signs = 1; signs <= 12; signs++) {
      clock.advance(31_000);
      await vi.waitFor(
        () => expect(b.counters.value('sip_keep_alives_received')).toBeGreaterThanOrEqual(signs),
        PATIENCE,
      );
    }
    expect(lost).not.toHaveBeenCalled();
    expect(await send(a, b.uri())).toMatchObject({ ok: true });
    expect(b.counters.value('sip_connections_accepted', 'tcp')).toBe(1);
  });
});

describe('start and stop', () => {
  it.each(['udp', 'tcp'] as const)('names the %s port that is taken', async (transport) => {
    const a = await startNode([transport]);
    const { host, port } = a.uri();
    const second = startNode([], { listen: [{ transport, host, port }] });
    await expect(second).rejects.toBeInstanceOf(ListenError);
    await expect(second).rejects.toMatchObject({ code: 'LISTEN_FAILED', address: { transport, host, port } });
    await expect(second).rejects.toThrow(`${transport} 127.0.0.1:${port}: the port is taken`);
  });

  it('names an address that the machine does not have', async () => {
    const listen = [{ transport: 'udp', host: '192.0.2.1', port: 0 }] as const;
    await expect(startNode([], { listen })).rejects.toThrow('does not have that address');
  });

  it('takes IPv4 on a listener for all addresses of IPv6', async () => {
    const a = await startNode(['udp']);
    const b = await startNode(['udp', 'tcp'], {}, '::');
    for (const transport of ['udp', 'tcp'] as const) {
      expect(await send(a, { ...b.uri(transport), host: '127.0.0.1' })).toMatchObject({ ok: true });
    }
    expect(b.requests.map((request) => request.source.address)).toEqual(['127.0.0.1', '127.0.0.1']);
    expect(await send(b, a.uri())).toMatchObject({ ok: true });
  });

  it('tells which stream transports have the announced port', async () => {
    const a = await startNode(['udp', 'tcp']);
    expect(a.transport.streamTransports).toEqual([]);
    const port = a.uri('tcp').port;
    const b = await startNode([], {
      announced: { host: '127.20.4.9', port, transport: 'udp' },
      listen: [{ transport: 'tcp', host: '127.20.4.9', port }],
    });
    expect(b.transport.streamTransports).toEqual(['tcp']);
  });

  it('ends what is under way as stopped, soon, and leaves nothing open', async () => {
    const a = await startNode(['udp', 'tcp']);
    const b = await startNode(['tcp']);
    b.answer = () => {};
    const peer = await rawUdp();
    const outcomes = [
      send(a, { host: '127.0.0.1', port: peer.port, transport: 'udp' }),
      send(a, b.uri()),
      send(a, { host: '127.0.0.1', port: peer.port, transport: 'udp' }),
    ];
    const idle = await rawTcp(a.uri('tcp'));
    await vi.waitFor(() => expect(b.requests).toHaveLength(1), PATIENCE);
    const began = performance.now();
    await a.transport.stop();
    expect(performance.now() - began).toBeLessThan(2000);
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ ok: false, failure: 'stopped' });
    await vi.waitFor(() => expect(idle.closed()).toBe(true), PATIENCE);
    expect(await send(a, b.uri())).toMatchObject({ ok: false, failure: 'stopped' });
    await expect(startNode(['tcp'], { listen: [a.uri('tcp')] })).resolves.toBeDefined();
  });
});
