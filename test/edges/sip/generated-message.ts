import fc from 'fast-check';

const text = (characters: string, maxLength = 12, minLength = 1) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const TOKENS = `${LETTERS}-.!%*_+\`'~`;

const token = text(TOKENS);
export const word = text(LETTERS);
const port = fc.integer({ min: 1, max: 65535 });
const hostname = fc.oneof(fc.ipV4(), fc.domain());
const hostPort = fc.tuple(hostname, fc.option(port)).map(([host, at]) => (at === null ? host : `${host}:${at}`));
const parameters = fc
  .array(fc.tuple(word, fc.option(word)), { maxLength: 3 })
  .map((all) => all.map(([name, value]) => (value === null ? `;x${name}` : `;x${name}=${value}`)).join(''));

const sipUri = fc
  .tuple(fc.constantFrom('sip:', 'sips:'), fc.option(text(`${LETTERS}-_.!~*'()&=+$,`)), hostPort, parameters)
  .map(([scheme, user, at, tail]) => `${scheme}${user === null ? '' : `${user}@`}${at}${tail}`);

const displayName = fc.oneof(
  fc.constant(''),
  word.map((name) => `${name} `),
  text(`${LETTERS} ,;<>:@`).map((name) => `"${name}" `),
);
const address = fc
  .tuple(displayName, sipUri, fc.option(token), parameters)
  .map(([name, uri, tag, tail]) => `${name}<${uri}>${tag === null ? '' : `;tag=${tag}`}${tail}`);
const via = fc
  .tuple(fc.constantFrom('UDP', 'TCP', 'TLS', 'SCTP'), hostPort, token, parameters, fc.boolean())
  .map(([transport, at, branch, tail, rport]) => {
    return `SIP/2.0/${transport} ${at}${rport ? ';rport' : ''};branch=z9hG4bK${branch}${tail}`;
  });

const NAMES = {
  via: ['Via', 'v', 'VIA', 'vIa'],
  from: ['From', 'f', 'FROM'],
  to: ['To', 't', 'TO'],
  callId: ['Call-ID', 'i', 'call-id'],
  cseq: ['CSeq', 'CSEQ', 'cseq'],
  length: ['Content-Length', 'l', 'CONTENT-LENGTH'],
  type: ['Content-Type', 'c'],
};
const line = (names: readonly string[], value: fc.Arbitrary<string>) =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom(':', ': ', ' : ', ':\t', ':\r\n '), value)
    .map(([name, colon, content]) => `${name}${colon}${content}`);

/** Values of headers that neither reader gives a meaning to. */
const otherValue = text(`${LETTERS}-.!%*_+ ,;=<>"()/@`, 40).map((value) => value.trim() || 'x');
const otherLine = fc.tuple(word, fc.constantFrom(': ', ':'), otherValue).map(([n, colon, v]) => `X-${n}${colon}${v}`);

export interface GeneratedMessage {
  readonly method: string;
  readonly uri: string;
  readonly bytes: Buffer;
}

function assembled(startLine: string, lines: readonly string[], lengthName: string, body: Uint8Array): Buffer {
  const head = [startLine, ...lines, `${lengthName}: ${body.length}`].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), body]);
}

/** Valid requests in the forms that senders use: any order, compact names, folding, several Vias, any body. */
export const validRequest: fc.Arbitrary<GeneratedMessage> = fc
  .record({
    method: fc.oneof(fc.constantFrom('KDMQ', 'OPTIONS', 'REGISTER'), text(LETTERS)),
    uri: sipUri,
    from: line(NAMES.from, address),
    to: line(NAMES.to, address),
    callId: line(NAMES.callId, text(`${TOKENS}@`)),
    cseq: fc.tuple(fc.constantFrom(...NAMES.cseq), fc.integer({ min: 0, max: 2 ** 31 - 1 })),
    vias: fc.array(
      line(
        NAMES.via,
        fc.array(via, { minLength: 1, maxLength: 3 }).map((all) => all.join(' , ')),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    type: line(NAMES.type, fc.constantFrom('text/plain', 'application/json;charset=utf-8')),
    others: fc.array(otherLine, { maxLength: 4 }),
    order: fc.infiniteStream(fc.nat()),
    lengthName: fc.constantFrom(...NAMES.length),
    body: fc.uint8Array({ maxLength: 60 }),
  })
  .map((m) => {
    const cseq = `${m.cseq[0]}: ${m.cseq[1]} ${m.method}`;
    const lines = [...m.vias, m.from, m.to, m.callId, cseq, m.type, ...m.others];
    const keyed = lines.map((content) => ({ content, key: m.order.next().value as number }));
    keyed.sort((a, b) => a.key - b.key);
    const sorted = keyed.map(({ content }) => content);
    return {
      method: m.method,
      uri: m.uri,
      bytes: assembled(`${m.method} ${m.uri} SIP/2.0`, sorted, m.lengthName, m.body),
    };
  });

/** A valid message with some of its bytes changed, left out or doubled. */
export const brokenMessage: fc.Arbitrary<Buffer> = fc
  .tuple(
    validRequest,
    fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        // Bytes that mean something are more likely to hurt than any others.
        put: fc.oneof(
          fc.constantFrom(...'\r\n\t\0 ;:,<>"@[]=\\/').map((c) => Buffer.from(c)),
          fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
        ),
        take: fc.integer({ min: 0, max: 20 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([{ bytes }, changes]) => {
    let changed = bytes;
    for (const { at, put, take } of changes) {
      const start = Math.floor(at * changed.length);
      changed = Buffer.concat([changed.subarray(0, start), put, changed.subarray(start + take)]);
    }
    return changed;
  });
