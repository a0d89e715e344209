import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type NodeUri, parseHost } from '../../../src/core/node-uri.ts';
import { type Framing, readMessage } from '../../../src/edges/sip/message-reader.ts';
import { MessageWriter, type OutgoingRequest } from '../../../src/edges/sip/message-writer.ts';
import { parsePackageMessage } from '../../../src/edges/sip/sip-package.ts';
import { SipReplyMessage } from '../../../src/edges/sip/sip-reply-message.ts';
import { SipRequestMessage } from '../../../src/edges/sip/sip-request-message.ts';
import { UnwritableValueError } from '../../../src/edges/sip/unwritable-value-error.ts';
import type { ReplyContent, RequestContent, Source } from '../../../src/ports/sip-transport.ts';
import { validRequest, word } from './generated-message.ts';

const own: NodeUri = { host: '10.0.0.1', port: 5060, transport: 'udp' };
const writer = new MessageWriter({ own, product: 'kdmq/1.2.3', allow: () => 'KDMQ, OPTIONS' });
const source: Source = { address: '10.0.0.2', port: 5060, transport: 'udp' };
const via = { transport: 'udp', host: '10.0.0.1', port: 5060, branch: 'z9hG4bKown' } as const;

const outgoing = (content: Partial<RequestContent> = {}): OutgoingRequest => ({
  content: {
    channel: 'chan',
    target: { host: '10.0.0.2', port: 5070, transport: 'udp' },
    body: '',
    maxForwards: 1,
    ...content,
  },
  via,
  fromTag: 'tag1',
  callId: 'call1',
  cseq: 10,
});

function readRequest(bytes: Buffer, from: Source = source, framing: Framing = 'stream'): SipRequestMessage {
  const read = readMessage(bytes, from, framing);
  if (!(read instanceof SipRequestMessage)) throw new Error(`not a request: ${bytes.toString()}`);
  return read;
}

function readReply(bytes: Buffer): SipReplyMessage {
  const read = readMessage(bytes, source, 'stream');
  if (!(read instanceof SipReplyMessage)) throw new Error(`not a reply: ${bytes.toString()}`);
  return read;
}

const nodes = fc.record<NodeUri>({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()).map((host) => parseHost(host)!),
  port: fc.integer({ min: 1, max: 65535 }),
  transport: fc.constantFrom('udp', 'tcp', 'tls'),
});

describe('a request that is written', () => {
  it('has the form that Kamailio gives it', () => {
    const text = writer
      .request(outgoing({ body: 'sip:10.0.0.1:5060;status=active\r\n', contentType: 'text/plain' }))
      .toString();
    expect(text.split('\r\n')).toEqual([
      'KDMQ sip:chan@10.0.0.2:5070 SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKown',
      'To: <sip:chan@10.0.0.2:5070>',
      'From: <sip:chan@10.0.0.1:5060>;tag=tag1',
      'CSeq: 10 KDMQ',
      'Call-ID: call1',
      'Max-Forwards: 1',
      'User-Agent: kdmq/1.2.3',
      'Content-Type: text/plain',
      'Content-Length: 33',
      '',
      'sip:10.0.0.1:5060;status=active',
      '',
    ]);
  });

  it('reads back as what was written', () => {
    const content = fc.record({
      channel: fc.string({ unit: 'grapheme', minLength: 1 }).filter((name) => name.isWellFormed()),
      target: nodes,
      body: fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'grapheme' })),
      contentType: fc.constantFrom('text/plain', 'application/json'),
      maxForwards: fc.nat(255),
      headers: fc.array(
        fc.tuple(
          word.map((name) => `X-${name}`),
          word,
        ),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(content, nodes, fc.nat(2 ** 31 - 1), (request, announced, cseq) => {
        const other = new MessageWriter({ own: announced, product: 'kdmq/1', allow: () => '' });
        const bytes = other.request({ ...outgoing(request), cseq });
        const read = readRequest(bytes);
        expect(read.bytes).toEqual(bytes);
        expect(read.requestUser).toBe(request.channel);
        expect(read.from).toEqual(announced);
        expect(read.contentType).toBe(request.contentType);
        expect(read.maxForwards).toBe(request.maxForwards);
        expect(read.branch).toBe('z9hG4bKown');
        expect(read.header('CSeq')).toBe(`${cseq} KDMQ`);
        expect(Buffer.from(read.body)).toEqual(Buffer.from(request.body as string));
        for (const [name, value] of request.headers) expect(read.headerLines(name)).toContain(value);
        expect(parsePackageMessage(bytes).uri).toBe(read.requestUri);
      }),
    );
  });

  it('keeps bodies of any size', () => {
    for (const size of [0, 1, 60_000, 65_536, 1_000_000]) {
      const body = Buffer.alloc(size, 7);
      expect(Buffer.compare(readRequest(writer.request(outgoing({ body }))).body, body)).toBe(0);
    }
  });

  it('is not touched by the messages written after it', () => {
    const first = writer.request(outgoing({ body: 'first' }));
    const copy = Buffer.from(first);
    for (let i = 0; i < 1000; i++) writer.request(outgoing({ body: 'x'.repeat(i) }));
    expect(first).toEqual(copy);
  });
});

describe('a value that would end its line', () => {
  test.each<{ what: string; content: Partial<RequestContent> }>([
    { what: 'method', content: { method: 'KDMQ sip:x SIP/2.0\r\nX: y' } },
    { what: 'empty method', content: { method: '' } },
    { what: 'channel that is no text', content: { channel: '\ud800' } },
    { what: 'host', content: { target: { host: 'a\r\nb', port: 1, transport: 'udp' } } },
    { what: 'content type', content: { contentType: 'text/plain\r\nX: y' } },
    { what: 'header value', content: { headers: [['X', 'a\r\nY: b']] } },
    { what: 'LF', content: { headers: [['X', 'a\nY: b']] } },
    { what: 'NUL', content: { headers: [['X', 'a\0b']] } },
    { what: 'control behind a letter above ASCII', content: { headers: [['X', 'ä\r\nY: b']] } },
    { what: 'header name', content: { headers: [['X: y\r\nZ', 'b']] } },
    { what: 'empty header name', content: { headers: [['', 'b']] } },
    { what: 'header that the writer sets', content: { headers: [['content-length', '0']] } },
    { what: 'its compact name', content: { headers: [['L', '0']] } },
  ])('is refused: $what', ({ content }) => {
    expect(() => writer.request(outgoing(content))).toThrow(UnwritableValueError);
  });

  it('leaves nothing behind in the next message', () => {
    expect(() => writer.request(outgoing({ headers: [['X', '\r\n']] }))).toThrow(UnwritableValueError);
    expect(readRequest(writer.request(outgoing())).header('X')).toBeUndefined();
  });

  it('is refused in replies too', () => {
    const request = readRequest(writer.request(outgoing()));
    const replies: ReplyContent[] = [
      { code: 200, reason: 'OK\r\nX: y' },
      { code: 200, contentType: 'a\nb' },
      { code: 200, headers: [['X', '\r']] },
    ];
    for (const reply of replies) expect(() => writer.reply(request, reply, 't')).toThrow(UnwritableValueError);
  });

  it('can not be smuggled in by a channel: it is escaped', () => {
    const request = readRequest(writer.request(outgoing({ channel: 'a@b>\r\nX: y' })));
    expect(request.requestUser).toBe('a@b>\r\nX: y');
    expect(request.header('X')).toBeUndefined();
  });
});

/** A request whose topmost Via is given, come from `source`. */
function cameWith(topVia: string, from: Source = source, more: readonly string[] = []): SipRequestMessage {
  const lines = [
    'KDMQ sip:chan@10.0.0.1 SIP/2.0',
    `Via: ${topVia}`,
    'From: <sip:chan@10.0.0.2>;tag=a',
    'To: <sip:chan@10.0.0.1>',
    'Call-ID: c1',
    'CSeq: 5 KDMQ',
    ...more,
  ];
  return readRequest(Buffer.from(`${lines.join('\r\n')}\r\n\r\nbody`), from, 'datagram');
}

describe('a reply', () => {
  it('copies what names the transaction and adds a To tag', () => {
    const text = writer.reply(
      cameWith('SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx'),
      { code: 202, reason: 'Accepted DMQ' },
      'totag',
    );
    expect(text.toString().split('\r\n')).toEqual([
      'SIP/2.0 202 Accepted DMQ',
      'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx',
      'From: <sip:chan@10.0.0.2>;tag=a',
      'To: <sip:chan@10.0.0.1>;tag=totag',
      'Call-ID: c1',
      'CSeq: 5 KDMQ',
      'Server: kdmq/1.2.3',
      'Content-Length: 0',
      '',
      '',
    ]);
  });

  test.each<{ when: string; via: string; from?: Source; sent: string }>([
    { when: 'the address is the sent-by', via: 'SIP/2.0/UDP 10.0.0.2;branch=x', sent: 'SIP/2.0/UDP 10.0.0.2;branch=x' },
    {
      when: 'the address is another one (RFC 3261 18.2.1)',
      via: 'SIP/2.0/UDP 10.0.0.3;branch=x',
      sent: 'SIP/2.0/UDP 10.0.0.3;branch=x;received=10.0.0.2',
    },
    {
      when: 'the sent-by is a name',
      via: 'SIP/2.0/UDP node.example:5070;branch=x',
      sent: 'SIP/2.0/UDP node.example:5070;branch=x;received=10.0.0.2',
    },
    {
      when: 'rport is asked for (RFC 3581 4)',
      via: 'SIP/2.0/UDP 10.0.0.2;rport;branch=x',
      sent: 'SIP/2.0/UDP 10.0.0.2;branch=x;received=10.0.0.2;rport=5060',
    },
    {
      when: 'received is there already',
      via: 'SIP/2.0/UDP a;received=6.6.6.6;rport;branch=x',
      sent: 'SIP/2.0/UDP a;branch=x;received=10.0.0.2;rport=5060',
    },
    {
      when: 'rport has a value already',
      via: 'SIP/2.0/UDP 10.0.0.2;rport=1;branch=x',
      sent: 'SIP/2.0/UDP 10.0.0.2;rport=1;branch=x',
    },
    {
      when: 'more Vias stand in the line',
      via: 'SIP/2.0/UDP a;branch=x, SIP/2.0/TCP b;rport',
      sent: 'SIP/2.0/UDP a;branch=x;received=10.0.0.2, SIP/2.0/TCP b;rport',
    },
    {
      when: 'IPv6 is written in another form',
      via: 'SIP/2.0/UDP [2001:DB8:0::1];branch=x',
      from: { ...source, address: '2001:db8::1' },
      sent: 'SIP/2.0/UDP [2001:DB8:0::1];branch=x',
    },
    {
      when: 'IPv6 is another address',
      via: 'SIP/2.0/UDP [2001:db8::2];branch=x',
      from: { ...source, address: '2001:db8::1' },
      sent: 'SIP/2.0/UDP [2001:db8::2];branch=x;received=2001:db8::1',
    },
    {
      when: 'the Via is folded',
      via: 'SIP/2.0/UDP 10.0.0.2\r\n ;branch=x',
      sent: 'SIP/2.0/UDP 10.0.0.2   ;branch=x',
    },
  ])('has the Via completed when $when', ({ via: topVia, from, sent }) => {
    const reply = writer.reply(cameWith(topVia, from), { code: 200 }, 't').toString();
    expect(reply.split('\r\n')[1]).toBe(`Via: ${sent}`);
  });

  it('copies all Via lines in their order', () => {
    const more = ['v: SIP/2.0/UDP b', 'Via: SIP/2.0/TCP c, SIP/2.0/TLS d'];
    const reply = readReply(writer.reply(cameWith('SIP/2.0/UDP 10.0.0.2', source, more), { code: 200 }, 't'));
    expect(reply.headerLines('Via')).toEqual(['SIP/2.0/UDP 10.0.0.2', 'SIP/2.0/UDP b', 'SIP/2.0/TCP c, SIP/2.0/TLS d']);
  });

  it('leaves a To tag as it is, and gives none to a 100', () => {
    const tagged = readRequest(Buffer.from(writer.request(outgoing()).toString().replace('5070>', '5070>;tag=there')));
    expect(readReply(writer.reply(tagged, { code: 200 }, 't')).header('To')).toBe('<sip:chan@10.0.0.2:5070>;tag=there');
    const untagged = cameWith('SIP/2.0/UDP 10.0.0.2');
    expect(readReply(writer.reply(untagged, { code: 100 }, 't')).header('To')).toBe('<sip:chan@10.0.0.1>');
  });

  it('has body, type, further headers and the standard reason phrase', () => {
    const content: ReplyContent = {
      code: 503,
      body: 'busy ä',
      contentType: 'text/plain',
      headers: [['Retry-After', '5']],
    };
    const reply = readReply(writer.reply(cameWith('SIP/2.0/UDP 10.0.0.2'), content, 't'));
    expect(reply).toMatchObject({ code: 503, reason: 'Service Unavailable', contentType: 'text/plain' });
    expect(reply.body.toString()).toBe('busy ä');
    expect(reply.header('Retry-After')).toBe('5');
  });

  test.each<{ method: string; reply: ReplyContent; allow: string | undefined }>([
    { method: 'KDMQ', reply: { code: 405 }, allow: 'KDMQ, OPTIONS' },
    { method: 'OPTIONS', reply: { code: 200 }, allow: 'KDMQ, OPTIONS' },
    { method: 'KDMQ', reply: { code: 200 }, allow: undefined },
    { method: 'OPTIONS', reply: { code: 500 }, allow: undefined },
    { method: 'KDMQ', reply: { code: 405, headers: [['allow', 'X']] }, allow: 'X' },
  ])('to $method with $reply says Allow: $allow', ({ method, reply, allow }) => {
    const request = readRequest(writer.request(outgoing({ method })));
    expect(readReply(writer.reply(request, reply, 't')).header('Allow')).toBe(allow);
  });

  it('can be read by both readers for any valid request', () => {
    fc.assert(
      fc.property(validRequest, ({ bytes }) => {
        const request = readRequest(bytes, source, 'datagram');
        const written = writer.reply(request, { code: 200 }, 'totag');
        const reply = readReply(written);
        expect(reply.branch).toBe(request.branch);
        expect(reply.viaLines).toBe(request.viaLines);
        expect(reply.cseqMethod).toBe(request.method);
        expect(reply.hasToTag).toBe(true);
        expect(reply.header('Call-ID')).toBe(request.header('Call-ID'));
        const other = parsePackageMessage(written);
        expect(other.headers.via?.[0]?.params.branch).toBe(request.branch);
        expect(other.headers.via?.length).toBe(parsePackageMessage(request.bytes).headers.via?.length);
      }),
    );
  });

  it('to a request that could not be read completely holds what there was', () => {
    const bad = readMessage(
      Buffer.from('KDMQ sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2\r\nCSeq: 1 KDMQ\r\n\r\n'),
      source,
      'datagram',
    );
    if (bad.kind !== 'bad-request' || bad.message === undefined) throw new Error(bad.kind);
    expect(writer.reply(bad.message, bad, 't').toString()).toBe(
      'SIP/2.0 400 Missing From\r\nVia: SIP/2.0/UDP 10.0.0.2\r\nCSeq: 1 KDMQ\r\nServer: kdmq/1.2.3\r\nContent-Length: 0\r\n\r\n',
    );
  });
});

describe('a relayed request', () => {
  const ownLine = 'Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bKown\r\n';

  it('is the same but for the own Via on top and Max-Forwards lowered', () => {
    const text = writer.request(outgoing({ maxForwards: 10, body: 'x' })).toString();
    const relayed = writer.relay(readRequest(Buffer.from(text)), via).toString();
    expect(relayed).toBe(text.replace('Via:', `${ownLine}Via:`).replace('Max-Forwards: 10', 'Max-Forwards: 9'));
  });

  it('is given Max-Forwards and Content-Length where it has none', () => {
    const text =
      'REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP b\r\nf: <sip:a@b>\r\nt: <sip:a@b>\r\ni: 1\r\nCSeq: 1 REGISTER\r\n\r\nbody';
    const relayed = writer.relay(readRequest(Buffer.from(text), source, 'datagram'), via).toString();
    expect(relayed).toBe(text.replace('Via:', `${ownLine}Content-Length: 4\r\nMax-Forwards: 69\r\nVia:`));
  });

  it('loses what followed it in its datagram', () => {
    const bytes = writer.request(outgoing({ body: 'x' }));
    const read = readRequest(Buffer.concat([bytes, Buffer.from('more')]), source, 'datagram');
    expect(readRequest(writer.relay(read, via)).body.toString()).toBe('x');
  });

  it('can be read for any valid request, with the own Via on top', () => {
    fc.assert(
      fc.property(validRequest, ({ bytes }) => {
        const request = readRequest(bytes, source, 'datagram');
        const relayed = readRequest(writer.relay(request, via));
        expect(relayed.branch).toBe('z9hG4bKown');
        expect(relayed.viaLines).toBe(request.viaLines + 1);
        expect(relayed.maxForwards).toBe((request.maxForwards ?? 70) - 1);
        expect(relayed.requestUri).toBe(request.requestUri);
        expect(relayed.body).toEqual(request.body);
      }),
    );
  });
});
