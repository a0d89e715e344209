import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { BadRequest, readMessage } from '../../../src/edges/sip/message-reader.ts';
import type { SipMessage } from '../../../src/edges/sip/sip-message.ts';
import { type PackageMessage, parsePackageMessage } from '../../../src/edges/sip/sip-package.ts';
import { SipReplyMessage } from '../../../src/edges/sip/sip-reply-message.ts';
import { SipRequestMessage } from '../../../src/edges/sip/sip-request-message.ts';
import type { Source } from '../../../src/ports/sip-transport.ts';
import { brokenMessage, validRequest } from './generated-message.ts';

const source: Source = { address: '127.0.0.9', port: 5099, transport: 'udp' };

const HEADERS = {
  via: 'Via: SIP/2.0/UDP 127.0.0.2:5062;branch=z9hG4bKcydc.1;rport',
  from: 'From: <sip:chan@127.0.0.2:5062>;tag=a1',
  to: 'To: <sip:chan@127.0.0.1:5060>',
  callId: 'Call-ID: 1-2@127.0.0.2',
  cseq: 'CSeq: 10 KDMQ',
  length: 'Content-Length: 4',
  agent: 'User-Agent: kamailio (5.6.3 (x86_64/linux))',
  hops: 'Max-Forwards: 1',
  type: 'Content-Type: text/plain',
};
type Changes = Partial<Record<keyof typeof HEADERS | 'extra', string>> & { startLine?: string; body?: string };

/** A request as Kamailio writes it, some of its lines replaced; an empty one is left out. */
function message({ startLine = 'KDMQ sip:chan@127.0.0.1:5060 SIP/2.0', body = 'list', ...changes }: Changes = {}) {
  const lines = Object.values({ ...HEADERS, ...changes }).filter((line) => line !== '');
  return Buffer.from([startLine, ...lines, '', body].join('\r\n'), 'latin1');
}

function readRequest(bytes: Buffer): SipRequestMessage {
  const read = readMessage(bytes, source, 'datagram');
  if (!(read instanceof SipRequestMessage)) throw new Error(`not a request: ${JSON.stringify(read.kind)}`);
  return read;
}

function readReply(text: string): SipReplyMessage {
  const read = readMessage(Buffer.from(text), source, 'datagram');
  if (!(read instanceof SipReplyMessage)) throw new Error(`not a reply: ${read.kind}`);
  return read;
}

describe('a request of Kamailio', () => {
  const request = readRequest(message());

  it('tells what the bus wants to know', () => {
    expect(request.method).toBe('KDMQ');
    expect(request.requestUser).toBe('chan');
    expect(request.from).toEqual({ host: '127.0.0.2', port: 5062, transport: 'udp' });
    expect(request.userAgent).toBe('kamailio (5.6.3 (x86_64/linux))');
    expect(request.maxForwards).toBe(1);
    expect(request.contentType).toBe('text/plain');
    expect(request.body.toString()).toBe('list');
    expect(request.source).toBe(source);
  });

  it('tells what the transport wants to know', () => {
    expect(request.branch).toBe('z9hG4bKcydc.1');
    expect(request.hasMagicCookie).toBe(true);
    expect(request.sentByHost).toBe('127.0.0.2');
    expect(request.sentByPort).toBe(5062);
    expect(request.viaTransport).toBe('UDP');
    expect(request.wantsRport).toBe(true);
    expect(request.hasToTag).toBe(false);
    expect(request.cseqNamesMethod).toBe(true);
  });

  it('is kept whole, without what follows it in the datagram', () => {
    const bytes = message();
    expect(readRequest(Buffer.concat([bytes, Buffer.from('more')])).bytes).toEqual(bytes);
    expect(readRequest(Buffer.concat([Buffer.from('\r\n\r\n'), bytes])).bytes).toEqual(bytes);
  });
});

describe('a request', () => {
  test.each([
    { uri: 'sip:chan@10.0.0.1', user: 'chan' },
    { uri: 'sip:10.0.0.1', user: '' },
    { uri: 'sip:chan:secret@10.0.0.1', user: 'chan' },
    { uri: 'sip:a;b=c%40d@10.0.0.1;x=y', user: 'a;b=c@d' },
    { uri: 'sip:a%2541@10.0.0.1', user: 'a%41' },
    { uri: 'sip:a%zz@10.0.0.1', user: 'a%zz' },
    { uri: 'sip:ch%C3%A4n@[::1]:5060;transport=tcp', user: 'chän' },
  ])('to $uri is for the channel $user', ({ uri, user }) => {
    expect(readRequest(message({ startLine: `KDMQ ${uri} SIP/2.0` })).requestUser).toBe(user);
  });

  it('gives headers by long and compact name in any case, unfolded', () => {
    const request = readRequest(message({ extra: 's: one\r\n  two\r\nX-A: 1\r\nx-a: 2' }));
    expect(request.header('Subject')).toBe('one two');
    expect(request.header('S')).toBe('one two');
    expect(request.header('x-A')).toBe('1');
    expect(request.headerLines('X-a')).toEqual(['1', '2']);
    expect(request.header('X-B')).toBeUndefined();
  });

  it('keeps the parts of its topmost Via apart from those of the Vias below it', () => {
    const via =
      'v: SIP / 2.0 / TCP  [2001:db8::1] : 5070 ;received=1.2.3.4\r\n ; branch = z9hG4bKx , SIP/2.0/UDP b;rport';
    const request = readRequest(message({ via: `${via}\r\nVia: SIP/2.0/UDP c` }));
    expect(request.sentByHost).toBe('[2001:db8::1]');
    expect(request.sentByPort).toBe(5070);
    expect(request.viaTransport).toBe('TCP');
    expect(request.branch).toBe('z9hG4bKx');
    expect(request.wantsRport).toBe(false);
    expect(request.viaLines).toBe(2);
  });

  test.each(['sip:10.0.0.1', 'sip:chan@host.example', 'sips:[::1]:5061', 'sip:10.0.0.1:5060;transport=tcp;lr'])(
    'from %s is from that node, written with or without brackets',
    (uri) => {
      const bracketed = readRequest(message({ from: `From: "x" <${uri}>;tag=1` }));
      expect(bracketed.from).toBeDefined();
      const bare = readRequest(message({ from: `From: ${uri.split(';')[0]};tag=1` }));
      expect(bare.from).toBeDefined();
    },
  );

  test.each([
    { hops: 'Max-Forwards: 0', value: 0 },
    { hops: 'Max-Forwards: 0070', value: 70 },
    { hops: 'Max-Forwards: 256', value: undefined },
    { hops: 'Max-Forwards: -1', value: undefined },
    { hops: '', value: undefined },
  ])('with $hops has $value hops left', ({ hops, value }) => {
    expect(readRequest(message({ hops })).maxForwards).toBe(value);
  });

  test.each(['', 'Content-Length:4', 'l : 4', 'Content-Length: 0004 ', 'Content-Length:\r\n 4'])(
    'may write %j',
    (length) => {
      expect(readRequest(message({ length })).body.toString()).toBe('list');
    },
  );

  it('of a sender with the bare magic cookie is matched as RFC 2543 has it', () => {
    expect(readRequest(message({ via: 'Via: SIP/2.0/UDP a;branch=z9hG4bK' })).hasMagicCookie).toBe(false);
    expect(readRequest(message({ via: 'Via: SIP/2.0/UDP a;branch=Z9HG4BKx' })).hasMagicCookie).toBe(true);
    expect(readRequest(message({ via: 'Via: SIP/2.0/UDP a' })).hasMagicCookie).toBe(false);
  });
});

describe('a request that can not be taken', () => {
  test.each<{ fault: string; changes: Changes; code: number }>([
    { fault: 'another version', changes: { startLine: 'KDMQ sip:a@b SIP/3.0' }, code: 505 },
    { fault: 'another version and a bad URI', changes: { startLine: 'KDMQ sip:<> SIP/3.0' }, code: 505 },
    { fault: 'no version', changes: { startLine: 'KDMQ sip:a@b' }, code: 400 },
    { fault: 'HTTP', changes: { startLine: 'GET http://a HTTP/1.1' }, code: 400 },
    { fault: 'no method', changes: { startLine: ' sip:a@b SIP/2.0' }, code: 400 },
    { fault: 'two blanks', changes: { startLine: 'KDMQ  sip:a@b SIP/2.0' }, code: 400 },
    { fault: 'another scheme', changes: { startLine: 'KDMQ tel:+1234 SIP/2.0' }, code: 416 },
    { fault: 'no scheme', changes: { startLine: 'KDMQ chan SIP/2.0' }, code: 400 },
    { fault: 'no host', changes: { startLine: 'KDMQ sip:a@ SIP/2.0' }, code: 400 },
    { fault: 'no user before @', changes: { startLine: 'KDMQ sip:@a SIP/2.0' }, code: 400 },
    { fault: 'two @', changes: { startLine: 'KDMQ sip:a@b@c SIP/2.0' }, code: 400 },
    { fault: 'headers in the URI', changes: { startLine: 'KDMQ sip:a@b?X=y SIP/2.0' }, code: 400 },
    { fault: 'a port that is no number', changes: { startLine: 'KDMQ sip:a@b:x SIP/2.0' }, code: 400 },
    { fault: 'a required extension', changes: { extra: 'Require: a, b' }, code: 420 },
    { fault: 'no From', changes: { from: '' }, code: 400 },
    { fault: 'no To', changes: { to: '' }, code: 400 },
    { fault: 'no Call-ID', changes: { callId: '' }, code: 400 },
    { fault: 'an empty Call-ID', changes: { callId: 'Call-ID:' }, code: 400 },
    { fault: 'no CSeq', changes: { cseq: '' }, code: 400 },
    { fault: 'a CSeq without a method', changes: { cseq: 'CSeq: 10' }, code: 400 },
    { fault: 'a CSeq of another method', changes: { cseq: 'CSeq: 10 INVITE' }, code: 400 },
    { fault: 'a CSeq in another case', changes: { cseq: 'CSeq: 10 kdmq' }, code: 400 },
    { fault: 'a CSeq of 2**32', changes: { cseq: 'CSeq: 4294967296 KDMQ' }, code: 400 },
    { fault: 'a From twice', changes: { extra: 'f: <sip:a@b>' }, code: 400 },
    { fault: 'two equal Content-Lengths', changes: { extra: 'l: 4' }, code: 400 },
    { fault: 'a negative Content-Length', changes: { length: 'Content-Length: -4' }, code: 400 },
    { fault: 'a Content-Length that is no number', changes: { length: 'Content-Length: 4x' }, code: 400 },
    { fault: 'an empty Content-Length', changes: { length: 'Content-Length:' }, code: 400 },
    { fault: 'a Content-Length beyond the datagram', changes: { length: 'Content-Length: 5' }, code: 400 },
    { fault: 'an open quote', changes: { from: 'From: "a <sip:a@b>;tag=1' }, code: 400 },
    { fault: 'an empty tag', changes: { from: 'From: <sip:a@b>;tag=' }, code: 400 },
    { fault: 'something behind the URI', changes: { to: 'To: <sip:a@b> x' }, code: 400 },
    { fault: 'two URIs', changes: { from: 'From: <sip:a@b>, <sip:c@d>' }, code: 400 },
    {
      fault: 'an empty parameter in the Via',
      changes: { via: 'Via: SIP/2.0/UDP 127.0.0.2;;branch=z9hG4bKx' },
      code: 400,
    },
    { fault: 'a line without a colon', changes: { extra: 'Nonsense' }, code: 400 },
    { fault: 'a blank in a name', changes: { extra: 'X Y: z' }, code: 400 },
    { fault: 'a NUL', changes: { extra: 'X: a\0b' }, code: 400 },
    { fault: 'a lone CR', changes: { extra: 'X: a\rb' }, code: 400 },
    { fault: 'a lone LF', changes: { extra: 'X: a\nY: b' }, code: 400 },
    { fault: 'a lone LF that folds', changes: { to: 'To: <sip:a@b>\n ;x' }, code: 400 },
    { fault: 'a lone LF in the start line', changes: { startLine: 'KDMQ sip:a@b SIP/2.0\nX: y' }, code: 400 },
  ])('for $fault is answered $code', ({ changes, code }) => {
    const read = readMessage(message(changes), source, 'datagram');
    expect(read).toBeInstanceOf(BadRequest);
    expect(read).toMatchObject({ kind: 'bad-request', code, message: { kind: 'request' } });
  });

  it('names the extensions that it does not know', () => {
    const read = readMessage(message({ extra: 'Require: a, b\r\nREQUIRE: c' }), source, 'datagram');
    expect(read).toMatchObject({
      headers: [
        ['Unsupported', 'a, b'],
        ['Unsupported', 'c'],
      ],
    });
  });

  it('is passed on with its extension when the program may know it', () => {
    const startLine = 'REGISTER sip:b SIP/2.0';
    const read = readRequest(message({ startLine, cseq: 'CSeq: 1 REGISTER', extra: 'Require: path' }));
    expect(read.method).toBe('REGISTER');
  });

  it('needs a Content-Length on a stream', () => {
    expect(readMessage(message({ length: '' }), source, 'stream')).toMatchObject({ kind: 'bad-request', code: 400 });
  });

  test.each([
    { what: 'nothing', bytes: '', why: 'keep_alive' },
    { what: 'line ends', bytes: '\r\n\r\n', why: 'keep_alive' },
    { what: 'four NULs', bytes: '\0\0\0\0', why: 'keep_alive' },
    { what: 'a copy for a capture server', bytes: `HEP3\x01\xff${message({}).toString('latin1')}`, why: 'hep' },
    { what: 'noise', bytes: 'hello', why: 'no_via' },
    { what: 'a request without Via', bytes: message({ via: '' }).toString('latin1'), why: 'no_via' },
    { what: 'a reply without Via', bytes: 'SIP/2.0 200 OK\r\nCall-ID: a\r\nCSeq: 1 KDMQ\r\n\r\n', why: 'bad_reply' },
    { what: 'a reply of another version', bytes: 'SIP/3.0 200 OK\r\n\r\n', why: 'bad_reply' },
    { what: 'a reply with a code of 700', bytes: 'SIP/2.0 700 OK\r\n\r\n', why: 'bad_reply' },
  ])('is ignored as $why when it is $what', ({ bytes, why }) => {
    expect(readMessage(Buffer.from(bytes, 'latin1'), source, 'datagram')).toEqual({ kind: 'ignore', why });
  });

  it('is never answered when it is an ACK', () => {
    const read = readMessage(message({ startLine: 'ACK sip:a@b SIP/2.0' }), source, 'datagram');
    expect(read).toEqual({ kind: 'ignore', why: 'bad_ack' });
  });
});

describe('a reply of Kamailio', () => {
  const head = 'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx;rport=5060\r\nCall-ID: a\r\nCSeq: 7 KDMQ\r\n';

  it('tells code, reason, server and body', () => {
    const more = 'Server: kamailio (5.6.3 (x86_64/linux))\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nokx';
    const reply = readReply(`SIP/2.0 200 OK\r\n${head}${more}`);
    expect(reply).toMatchObject({
      code: 200,
      reason: 'OK',
      branch: 'z9hG4bKx',
      cseqMethod: 'KDMQ',
      contentType: 'text/plain',
    });
    expect(reply.server).toBe('kamailio (5.6.3 (x86_64/linux))');
    expect(reply.body.toString()).toBe('ok');
  });

  it('may have no reason phrase, and a User-Agent for a Server', () => {
    const reply = readReply(`SIP/2.0 404\r\n${head}User-Agent: kdmq/1\r\n\r\n`);
    expect(reply).toMatchObject({ code: 404, reason: '', server: 'kdmq/1' });
  });
});

/** The headers that the package leaves as text, by canonical name, several lines of one name joined as it joins them. */
function plainHeaders(read: SipMessage, other: PackageMessage): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(other.headers)) {
    if (typeof value !== 'string') continue;
    plain[name] = read.headerLines(name).join(',');
  }
  return plain;
}

describe('this reader and the sip package', () => {
  it('agree on every valid request', () => {
    fc.assert(
      fc.property(validRequest, ({ method, uri, bytes }) => {
        const read = readRequest(bytes);
        const other = parsePackageMessage(read.bytes);
        expect(read.method).toBe(method);
        expect(read.method).toBe(other.method);
        expect(read.requestUri).toBe(uri);
        expect(read.requestUri).toBe(other.uri);
        expect(read.body.toString('latin1')).toBe(other.content);
        expect(read.cseqMethod).toBe(other.headers.cseq?.method);
        expect(read.buffer.toString('latin1', read.callIdStart, read.callIdEnd)).toBe(other.headers['call-id']);
        expect(read.contentLength).toBe(other.headers['content-length']);
        const [top] = other.headers.via ?? [];
        expect(read.branch).toBe(top?.params.branch);
        expect(read.sentByHost).toBe(top?.host);
        expect(read.sentByPort || undefined).toBe(top?.port);
        expect(read.viaTransport).toBe(top?.protocol);
        const span = (start: number, end: number) =>
          start < 0 ? undefined : read.buffer.toString('latin1', start, end);
        expect(span(read.fromUriStart, read.fromUriEnd)).toBe(other.headers.from?.uri);
        expect(span(read.fromTagStart, read.fromTagEnd)).toBe(other.headers.from?.params.tag);
        expect(span(read.toTagStart, read.toTagEnd)).toBe(other.headers.to?.params.tag);
        const texts = Object.entries(other.headers).filter(([, value]) => typeof value === 'string');
        expect(plainHeaders(read, other)).toEqual(Object.fromEntries(texts));
      }),
      { numRuns: 300 },
    );
  });
});

function useAll(bytes: Buffer): void {
  for (const framing of ['datagram', 'stream'] as const) {
    const read = readMessage(bytes, source, framing);
    const found = read.kind === 'bad-request' ? read.message : read.kind === 'ignore' ? undefined : read;
    if (found === undefined) continue;
    expect(found.bytes.length).toBeLessThanOrEqual(bytes.length);
    found.headers();
    found.header('Via');
    void [found.body, found.contentType, found.branch, found.cseqMethod];
    if (found instanceof SipReplyMessage) void [found.reason, found.server];
    else void [found.method, found.requestUser, found.from, found.maxForwards, found.sentByHost, found.hasMagicCookie];
  }
}

describe('whatever the bytes', () => {
  it('nothing is thrown on noise', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => useAll(Buffer.from(bytes))));
  });

  it('nothing is thrown on messages with a fault', () => {
    fc.assert(fc.property(brokenMessage, useAll), { numRuns: 300 });
  });

  it('nothing is thrown on a message cut off anywhere', () => {
    const bytes = message({ extra: 's: a\r\n b\r\nSubject: "\\"x"' });
    for (let end = 0; end <= bytes.length; end++) useAll(bytes.subarray(0, end));
  });
});

describe('reading takes linear time', () => {
  const SIZE = 64 * 1024;
  const filled = (part: string, size: number) => part.repeat(Math.ceil(size / part.length)).slice(0, size);
  const spread: Record<string, (size: number) => Buffer> = {
    'one long header': (size) => message({ extra: `X: ${filled('a', size)}` }),
    'header lines': (size) => message({ extra: `${filled('a:b\r\n', size - (size % 5))}X: y` }),
    'lines without a colon': (size) => message({ extra: `${filled('ab\r\n', size - (size % 4))}X: y` }),
    folding: (size) => message({ extra: `X: ${filled('\r\n ', size - (size % 3))}y` }),
    'blanks in the From': (size) => message({ from: `From: a${filled(' ', size)}<sip:a@b>` }),
    'words in the From': (size) => message({ from: `From: ${filled('a ', size)}<sip:a@b>` }),
    'words without an end': (size) => message({ from: `From: ${filled('a ', size)}` }),
    'quotes in the To': (size) => message({ to: `To: "${filled('\\"', size)}` }),
    'angle brackets': (size) => message({ to: `To: ${filled('<', size)}` }),
    'parameters of the From': (size) => message({ from: `From: <sip:a@b>${filled(';a', size)}` }),
    'parameters of the Via': (size) => message({ via: `Via: SIP/2.0/UDP a${filled(';a="', size)}` }),
    'Vias in one line': (size) => message({ via: `Via: SIP/2.0/UDP a${filled(',SIP/2.0/UDP a', size)}` }),
    'Via lines': (size) => message({ via: `${filled('v:SIP/2.0/UDP a\r\n', size - (size % 17))}X: y` }),
    'a long URI': (size) => message({ startLine: `KDMQ sip:${filled('a@', size)}b SIP/2.0` }),
    'a long method': (size) => message({ startLine: `${filled('A', size)} sip:a SIP/2.0` }),
    'carriage returns': (size) => message({ extra: `X: ${filled('\r', size)}` }),
    digits: (size) => message({ length: `Content-Length: ${filled('0', size)}` }),
    'a body of line ends': (size) => message({ length: `l: ${size}`, body: filled('\r\n', size) }),
  };

  /** CPU milliseconds of this thread: the shortest of several, as what else the machine does only makes them longer. */
  function fastest(bytes: Buffer): number {
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 7; round++) {
      const start = process.threadCpuUsage().user;
      readMessage(bytes, source, 'datagram');
      best = Math.min(best, (process.threadCpuUsage().user - start) / 1000);
    }
    return best;
  }

  test.each(Object.keys(spread))('%s', (kind) => {
    const make = spread[kind]!;
    const small = fastest(make(SIZE));
    const large = fastest(make(SIZE * 16));
    expect(small).toBeLessThan(50);
    // Sixteen times the bytes are 256 times the work of a quadratic reader: for a megabyte that would be minutes.
    expect(large).toBeLessThan(Math.max(64 * small, 500));
  });
});
