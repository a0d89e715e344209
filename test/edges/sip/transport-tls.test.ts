import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { connect as connectTls, createServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Certificate, TestAuthority } from './certificates.ts';
import { PATIENCE, rawTcp, requestText, send, startNode } from './loopback-node.ts';

let authority: TestAuthority;
let stranger: TestAuthority;
/** Good for 127.0.0.1, ::1 and the name that all nodes share. */
let good: Certificate;

beforeAll(() => {
  authority = new TestAuthority();
  stranger = new TestAuthority('another authority');
  good = authority.issue('IP:127.0.0.1,IP:::1,DNS:kdmq.test');
});
afterAll(() => {
  authority.remove();
  stranger.remove();
});

const nodeWith = (certificate: Certificate, more: Parameters<TestAuthority['options']>[1] = {}, host = '127.0.0.1') =>
  startNode(['tls'], { tls: authority.options(certificate, more) }, host);

describe('requests over TLS', () => {
  it.each(['127.0.0.1', '::1'])('reach a node whose certificate names its address (%s)', async (host) => {
    const a = await nodeWith(good, {}, host);
    const b = await nodeWith(good, {}, host);
    expect(await send(a, b.uri(), { body: 'hello' })).toMatchObject({ ok: true, reply: { code: 200 } });
    expect(b.requests[0]).toMatchObject({ source: { transport: 'tls', address: host } });
  });

  it('share one connection', async () => {
    const a = await nodeWith(good);
    const b = await nodeWith(good);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => send(a, b.uri())));
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(b.counters.value('sip_connections_accepted', 'tls')).toBe(1);
  });

  it('reach a node whose certificate holds the configured name and not its address', async () => {
    const a = await nodeWith(good, { serverName: 'kdmq.test' });
    const b = await nodeWith(authority.issue('DNS:kdmq.test'));
    expect(await send(a, b.uri())).toMatchObject({ ok: true });
  });

  it.each([
    ['of another authority', () => stranger.issue('IP:127.0.0.1,DNS:kdmq.test'), undefined],
    ['that has expired', () => authority.issue('IP:127.0.0.1', -1), undefined],
    ['for another address', () => authority.issue('IP:127.0.0.9'), undefined],
    ['without the configured name, though it has the address', () => authority.issue('IP:127.0.0.1'), 'kdmq.test'],
    ['with another name', () => authority.issue('DNS:other.test'), 'kdmq.test'],
  ])('are never sent to a certificate %s', async (_what, certificate, serverName) => {
    const a = await nodeWith(good, { serverName });
    const b = await nodeWith(certificate(), { requireCertificate: false });
    expect(await send(a, b.uri())).toMatchObject({ ok: false, failure: 'untrusted' });
    expect(b.requests).toEqual([]);
  });

  it('fail at once where the server does not take our certificate', async () => {
    const a = await nodeWith(stranger.issue('IP:127.0.0.1'));
    const b = await nodeWith(good);
    // An OpenSSL server says why (an alert: untrusted), one of Node.js closes without a word.
    expect(await send(a, b.uri())).toMatchObject({
      ok: false,
      failure: expect.stringMatching(/untrusted|unreachable/),
    });
    expect(b.requests).toEqual([]);
  });

  it('are unreachable where the other side does not speak TLS', async () => {
    const a = await nodeWith(good);
    const b = await startNode(['tcp']);
    expect(await send(a, { ...b.uri('tcp'), transport: 'tls' })).toMatchObject({ ok: false });
  });
});

describe('a TLS listener', () => {
  async function client(
    port: number,
    certificate: Certificate | undefined,
  ): Promise<{ socket: TLSSocket; text: () => string }> {
    const identity = certificate && {
      cert: readFileSync(certificate.certificate),
      key: readFileSync(certificate.privateKey),
    };
    const socket = connectTls({ host: '127.0.0.1', port, ca: readFileSync(authority.caList), ...identity });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
    await once(socket, 'secureConnect').catch(() => {});
    socket.write(requestText({ transport: 'TLS', method: 'OPTIONS' }));
    return { socket, text: () => text };
  }

  it('takes no client without a certificate when one is required', async () => {
    const b = await nodeWith(good);
    const { socket, text } = await client(b.uri().port, undefined);
    await vi.waitFor(() => expect(socket.destroyed).toBe(true), PATIENCE);
    expect(text()).toBe('');
    expect(b.counters.value('sip_connections_refused', 'tls_handshake')).toBe(1);
  });

  it('takes a client with a good one', async () => {
    const b = await nodeWith(good);
    const { text } = await client(b.uri().port, good);
    await vi.waitFor(() => expect(text()).toContain('SIP/2.0 200 OK'), PATIENCE);
  });

  it('takes clients without a certificate when none is required', async () => {
    const b = await nodeWith(good, { requireCertificate: false });
    const { text } = await client(b.uri().port, undefined);
    await vi.waitFor(() => expect(text()).toContain('SIP/2.0 200 OK'), PATIENCE);
  });

  it('shows new connections a certificate that was renewed on disk, without a restart', async () => {
    const old = authority.issue('IP:127.0.0.1', 5);
    const renewed = authority.issue('IP:127.0.0.1', 50);
    const b = await nodeWith(old);
    expect(b.transport.tlsDaysToExpiry).toBeLessThan(6);
    copyFileSync(renewed.certificate, old.certificate);
    copyFileSync(renewed.privateKey, old.privateKey);
    await vi.waitFor(() => expect(b.transport.tlsDaysToExpiry).toBeGreaterThan(49), PATIENCE);
    const { socket } = await client(b.uri().port, good);
    expect(Date.parse(socket.getPeerCertificate().valid_to)).toBeGreaterThan(Date.now() + 49 * 86_400_000);
    const a = await nodeWith(good);
    expect(await send(a, b.uri())).toMatchObject({ ok: true });
  });

  it('cuts a handshake that does not go on, when it is stopped', async () => {
    const b = await nodeWith(good);
    const silent = await rawTcp(b.uri());
    await b.transport.stop();
    await vi.waitFor(() => expect(silent.closed()).toBe(true), PATIENCE);
  });
});

describe('a TLS client', () => {
  it('sends nothing before the other side has proved who it is', async () => {
    const wrong = stranger.issue('IP:127.0.0.1');
    let received = 0;
    const server = createServer(
      { cert: readFileSync(wrong.certificate), key: readFileSync(wrong.privateKey) },
      (socket) => {
        socket.on('error', () => {});
        socket.on('data', (chunk) => {
          received += chunk.length;
        });
      },
    );
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const a = await nodeWith(good);
    const outcome = await send(a, { host: '127.0.0.1', port, transport: 'tls' });
    expect(outcome).toMatchObject({ ok: false, failure: 'untrusted' });
    expect(received).toBe(0);
  });
});
