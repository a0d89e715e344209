import { describe, expect, it, vi } from 'vitest';
import type { SendOutcome } from '../../../src/ports/sip-transport.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { headerOf, PATIENCE, rawUdp, replyText, requestText, send, startNode } from './loopback-node.ts';

describe('requests over UDP', () => {
  it.each(['127.0.0.1', '::1'])('reach another node and bring its reply back (%s)', async (host) => {
    const a = await startNode(['udp'], {}, host);
    const b = await startNode(['udp'], {}, host);
    b.answer = (_request, reply) =>
      reply({ code: 202, reason: 'Accepted DMQ', contentType: 'text/plain', body: 'there' });
    const outcome = await send(a, b.uri(), { channel: 'chan', contentType: 'text/x', body: 'here' });
    expect(outcome).toMatchObject({
      ok: true,
      reply: { code: 202, reason: 'Accepted DMQ', contentType: 'text/plain', server: 'kdmq/test' },
    });
    expect(outcome.ok && Buffer.from(outcome.reply.body).toString()).toBe('there');
    const request = b.requests[0]!;
    expect(request).toMatchObject({
      method: 'KDMQ',
      requestUser: 'chan',
      maxForwards: 1,
      contentType: 'text/x',
      userAgent: 'kdmq/test',
      source: { address: host, port: a.uri().port, transport: 'udp' },
    });
    expect(request.from).toEqual(a.uri());
    expect(Buffer.from(request.body).toString()).toBe('here');
  });

  it('are announced with one URI and ask for rport', async () => {
    const peer = await rawUdp();
    const announced = { host: '192.0.2.1', port: 5070, transport: 'udp' } as const;
    const a = await startNode(['udp'], { announced });
    void send(a, { host: '127.0.0.1', port: peer.port, transport: 'udp' });
    const request = await peer.message(0);
    expect(headerOf(request, 'From')).toMatch(/^<sip:test@192\.0\.2\.1:5070>;tag=/);
    expect(headerOf(request, 'Via')).toMatch(new RegExp(`^SIP/2.0/UDP 127.0.0.1:${a.uri().port};rport;branch=z9hG4bK`));
  });

  it('are sent again unchanged until a reply comes, and no more after it', async () => {
    const clock = new FakeClock();
    const peer = await rawUdp();
    const a = await startNode(['udp'], { clock });
    const outcome = send(a, { host: '127.0.0.1', port: peer.port, transport: 'udp' });
    await peer.message(0);
    clock.advance(500);
    await peer.message(1);
    clock.advance(1000);
    expect(await peer.message(2)).toBe(peer.received[0]);
    peer.send(replyText(peer.received[0]!, 200), a.uri());
    expect(await outcome).toMatchObject({ ok: true, reply: { code: 200 } });
    clock.advance(40_000);
    expect(peer.received).toHaveLength(3);
    expect(a.counters.value('sip_retransmissions_sent')).toBe(2);
  });

  it('end at their deadline when nobody answers', async () => {
    const clock = new FakeClock();
    const peer = await rawUdp();
    const a = await startNode(['udp'], { clock });
    const outcome = send(a, { host: '127.0.0.1', port: peer.port, transport: 'udp' }, { deadlineMs: 700 });
    await peer.message(0);
    clock.advance(710);
    expect(await outcome).toMatchObject({ ok: false, failure: 'timeout' });
  });

  it('tell their outcome after send has returned', async () => {
    const a = await startNode(['udp'], { maxUnderWay: 0 });
    let returned = false;
    const whenTold = new Promise<boolean>((resolve) =>
      a.transport.send({ channel: 'c', target: a.uri(), body: '', maxForwards: 1 }, () => resolve(returned)),
    );
    returned = true;
    expect(await whenTold).toBe(true);
  });

  it('are refused as overflow when too many are under way', async () => {
    const peer = await rawUdp();
    const target = { host: '127.0.0.1', port: peer.port, transport: 'udp' } as const;
    const a = await startNode(['udp'], { maxUnderWay: 2 });
    void send(a, target);
    void send(a, target);
    expect(await send(a, target)).toMatchObject({ ok: false, failure: 'overflow' });
  });

  it('are too large beyond a datagram', async () => {
    const a = await startNode();
    expect(await send(a, a.uri(), { body: 'x'.repeat(65_400) })).toMatchObject({ failure: 'too_large' });
  });

  it('carry as much as a datagram holds', async () => {
    const a = await startNode();
    const b = await startNode();
    expect(await send(a, b.uri(), { body: 'x'.repeat(65_000) })).toMatchObject({ ok: true });
    expect(b.requests[0]!.body).toHaveLength(65_000);
  });

  it.each([
    ['no listener of that family', { host: '::1', port: 9, transport: 'udp' } as const],
    ['the kernel refuses the address', { host: '203.0.113.1', port: 9, transport: 'udp' } as const],
    ['a name that does not exist', { host: 'node.invalid', port: 9, transport: 'udp' } as const],
  ])('are unreachable at once: %s', async (_why, target) => {
    const a = await startNode();
    expect(await send(a, target)).toMatchObject({ ok: false, failure: 'unreachable' });
  });

  it('reach a target that is named and not numbered, as a Kamailio may be', async () => {
    const a = await startNode();
    const b = await startNode(['udp'], {}, '::');
    expect(await send(a, { ...b.uri(), host: 'localhost' })).toMatchObject({ ok: true });
  });

  it('fail without harm when a value can’t be written', async () => {
    const a = await startNode();
    const outcome = await send(a, a.uri(), { headers: [['X-A', 'one\r\nX-B: two']] });
    expect(outcome).toMatchObject({ ok: false });
    expect(a.transport.underWay).toBe(0);
  });

  it('can be under way by the ten thousand', async () => {
    const a = await startNode();
    const b = await startNode(['udp'], { rememberedRequests: 2 ** 16 });
    let held: (() => void)[] = [];
    b.answer = (_request, reply) => {
      held.push(() => reply({ code: 200 }));
      if (held.length % 50 === 0 || b.requests.length === 10_000) {
        for (const release of held) release();
        held = [];
      }
    };
    const codes: unknown[] = [];
    for (let index = 0; index < 10_000; index++) {
      a.transport.send({ channel: 'c', target: b.uri(), body: '', maxForwards: 1 }, (outcome) =>
        codes.push(outcome.ok ? outcome.reply.code : outcome.failure),
      );
    }
    expect(a.transport.underWay).toBe(10_000);
    await vi.waitFor(() => expect(codes).toHaveLength(10_000), { timeout: 60_000, interval: 50 });
    expect(new Set(codes)).toEqual(new Set([200]));
    expect(a.transport.underWay).toBe(0);
    expect(b.requests).toHaveLength(10_000);
  });
});

describe('a retransmitted request', () => {
  it('reaches the handler once and gets the same reply', async () => {
    const b = await startNode();
    b.answer = (_request, reply) =>
      reply({ code: 200, contentType: 'text/plain', body: 'a list', headers: [['X-A', 'b']] });
    const peer = await rawUdp();
    const request = requestText();
    for (let index = 0; index < 3; index++) {
      peer.send(request, b.uri());
      await peer.message(index);
    }
    expect(b.requests).toHaveLength(1);
    expect(new Set(peer.received).size).toBe(1);
    expect(headerOf(peer.received[0]!, 'To')).toMatch(/;tag=./);
    expect(b.counters.value('sip_retransmissions_received')).toBe(2);
  });

  it('is absorbed while the first one is being handled', async () => {
    const b = await startNode();
    let answer = (): void => {};
    b.answer = (_request, reply) => {
      answer = () => reply({ code: 202 });
    };
    const peer = await rawUdp();
    const request = requestText();
    peer.send(request, b.uri());
    peer.send(request, b.uri());
    await vi.waitFor(() => expect(b.counters.value('sip_retransmissions_received')).toBe(1), PATIENCE);
    answer();
    answer();
    expect(await peer.message(0)).toMatch(/^SIP\/2.0 202 /);
    peer.send(request, b.uri());
    expect(await peer.message(1)).toBe(peer.received[0]);
    expect(b.requests).toHaveLength(1);
  });

  it('is a new one after Timer J', async () => {
    const clock = new FakeClock();
    const b = await startNode(['udp'], { clock });
    const peer = await rawUdp();
    const request = requestText();
    peer.send(request, b.uri());
    await peer.message(0);
    clock.advance(32_000);
    peer.send(request, b.uri());
    await peer.message(1);
    expect(b.requests).toHaveLength(2);
  });

  it.each([
    ['branch', { branch: 'z9hG4bKother' }],
    ['sent-by', { sentBy: '127.0.0.1:10' }],
    ['Call-ID', { callId: 'other' }],
  ])('is none when its %s differs', async (_what, difference) => {
    const b = await startNode();
    const peer = await rawUdp();
    const first = { branch: 'z9hG4bKsame', callId: 'same', sentBy: '127.0.0.1:9' };
    peer.send(requestText(first), b.uri());
    peer.send(requestText({ ...first, ...difference }), b.uri());
    await peer.message(1);
    expect(b.requests).toHaveLength(2);
  });

  it('is known by all its headers when its branch is one of RFC 2543', async () => {
    const b = await startNode();
    const peer = await rawUdp();
    const old = requestText({ branch: '1', callId: 'first' });
    peer.send(old, b.uri());
    await peer.message(0);
    peer.send(old, b.uri());
    await peer.message(1);
    peer.send(requestText({ branch: '1', callId: 'first', headers: ['Subject: other'] }), b.uri());
    await peer.message(2);
    expect(b.requests).toHaveLength(2);
  });
});

describe('a reply over UDP', () => {
  it('goes to the port that the request came from when rport asks for it, and says so', async () => {
    const b = await startNode();
    const peer = await rawUdp();
    peer.send(requestText({ sentBy: 'client.invalid:1', viaParameters: ';rport' }), b.uri());
    const via = headerOf(await peer.message(0), 'Via');
    expect(via).toContain(`;received=127.0.0.1`);
    expect(via).toContain(`;rport=${peer.port}`);
  });

  it('goes to the port that the Via names without rport', async () => {
    const b = await startNode();
    const sender = await rawUdp();
    const listener = await rawUdp();
    sender.send(requestText({ sentBy: `127.0.0.1:${listener.port}`, viaParameters: '' }), b.uri());
    expect(await listener.message(0)).toMatch(/^SIP\/2.0 200 OK\r\n/);
    expect(headerOf(listener.received[0]!, 'Via')).not.toContain('received');
  });

  it('is 500 when what the handler gave can’t be written', async () => {
    const b = await startNode();
    b.answer = (_request, reply) => reply({ code: 200, reason: 'two\r\nlines' });
    const peer = await rawUdp();
    peer.send(requestText(), b.uri());
    expect(await peer.message(0)).toMatch(/^SIP\/2.0 500 /);
    expect(b.log.messages('warn')).toHaveLength(1);
  });
});

describe('what is no KDMQ request', () => {
  it('OPTIONS is answered with Allow and never reaches the handler', async () => {
    const b = await startNode();
    const peer = await rawUdp();
    peer.send(requestText({ method: 'OPTIONS' }), b.uri());
    expect(headerOf(await peer.message(0), 'Allow')).toBe('KDMQ, OPTIONS');
    expect(b.requests).toEqual([]);
  });

  it('another method reaches the handler', async () => {
    const b = await startNode();
    b.answer = (_request, reply) => reply({ code: 405 });
    const peer = await rawUdp();
    peer.send(requestText({ method: 'MESSAGE' }), b.uri());
    expect(await peer.message(0)).toMatch(/^SIP\/2.0 405 /);
    expect(headerOf(peer.received[0]!, 'Allow')).toBe('KDMQ, OPTIONS');
  });

  it.each([
    ['an ACK', requestText({ method: 'ACK' }), 'ack'],
    ['a reply that nobody waits for', replyText(requestText(), 200), 'stray_reply'],
    ['a keep-alive', '\r\n\r\n', 'keep_alive'],
    ['what has no Via', 'KDMQ sip:a@b SIP/2.0\r\n\r\n', 'no_via'],
  ])('%s is dropped and counted', async (_what, message, reason) => {
    const b = await startNode();
    const peer = await rawUdp();
    peer.send(message, b.uri());
    await vi.waitFor(() => expect(b.counters.value('sip_dropped', reason)).toBe(1), PATIENCE);
    expect(b.requests).toEqual([]);
    expect(peer.received).toEqual([]);
  });

  it.each([
    ['a broken header', (text: string) => text.replace('CSeq: 10', 'CSeq: ten'), 400],
    ['a body that is too short', (text: string) => text.replace('Content-Length: 0', 'Content-Length: 5'), 400],
    ['a strange scheme', (text: string) => text.replace('sip:test@127.0.0.1:5060 SIP', 'tel:1 SIP'), 416],
    ['an extension', (text: string) => text.replace('Max-Forwards', 'Require: none\r\nMax-Forwards'), 420],
    ['another version', (text: string) => text.replace('SIP/2.0\r\nVia', 'SIP/3.0\r\nVia'), 505],
  ])('%s is answered without reaching the handler', async (_what, spoil, code) => {
    const b = await startNode();
    const peer = await rawUdp();
    const text = spoil(requestText());
    peer.send(text, b.uri());
    expect(await peer.message(0)).toMatch(new RegExp(`^SIP/2.0 ${code} `));
    peer.send(text, b.uri());
    expect(await peer.message(1)).toBe(peer.received[0]);
    expect(b.requests).toEqual([]);
    expect(b.counters.value('sip_malformed', String(code))).toBe(2);
  });
});

describe('relay', () => {
  it('passes the request on as it came, with its own Via on top and one hop less', async () => {
    const a = await startNode();
    const b = await startNode();
    const client = await rawUdp();
    const next = await rawUdp();
    const outcomes: SendOutcome[] = [];
    b.answer = (request, reply) => {
      reply({ code: 200 });
      b.transport.relay(request, { host: '127.0.0.1', port: next.port, transport: 'udp' }, (outcome) =>
        outcomes.push(outcome),
      );
    };
    const request = requestText({ body: 'payload' }).replace('Max-Forwards: 1', 'Max-Forwards: 7');
    client.send(request, b.uri());
    const relayed = await next.message(0);
    const [line, via, ...rest] = relayed.split('\r\n');
    const [originalLine, ...originalRest] = request.split('\r\n');
    expect(line).toBe(originalLine);
    expect(via).toContain(`127.0.0.1:${b.uri().port};rport;branch=z9hG4bK`);
    expect(rest).toEqual(originalRest.map((header) => (header === 'Max-Forwards: 7' ? 'Max-Forwards: 6' : header)));
    next.send(replyText(relayed, 202), b.uri());
    await vi.waitFor(() => expect(outcomes).toMatchObject([{ ok: true, reply: { code: 202 } }]), PATIENCE);
    expect(client.received).toHaveLength(1);
    expect(a.requests).toEqual([]);
  });

  it('passes nothing on that has no hop left', async () => {
    const b = await startNode();
    const client = await rawUdp();
    const outcomes: SendOutcome[] = [];
    b.answer = (request) => b.transport.relay(request, b.uri(), (outcome) => outcomes.push(outcome));
    client.send(requestText().replace('Max-Forwards: 1', 'Max-Forwards: 0'), b.uri());
    await vi.waitFor(() => expect(outcomes).toMatchObject([{ ok: false }]), PATIENCE);
    expect(b.requests).toHaveLength(1);
  });
});
