import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readMessage } from '../../../src/edges/sip/message-reader.ts';
import {
  lazyMessage,
  PACKAGE_LIMITS,
  parsePackageMessage,
  parsePackageUri,
  stringifyPackageMessage,
} from '../../../src/edges/sip/sip-package.ts';
import { SipRequestMessage } from '../../../src/edges/sip/sip-request-message.ts';
import { UnreadableMessageError } from '../../../src/edges/sip/unreadable-message-error.ts';
import { UnwritableValueError } from '../../../src/edges/sip/unwritable-value-error.ts';
import { brokenMessage, validRequest } from './generated-message.ts';

const message = (...lines: string[]) =>
  Buffer.from(`${['REGISTER sip:[2001:db8::1]:5070 SIP/2.0', ...lines].join('\r\n')}\r\n\r\nbody`, 'latin1');

describe('a message of the sip package', () => {
  it('holds IPv6 hosts, which the package alone takes apart at the first colon', () => {
    const model = parsePackageMessage(
      message(
        'Via: SIP/2.0/UDP [2001:db8::9]:5061;branch=z9hG4bKx;received=[::3]',
        'To: <sip:a@[::1]:5>;tag=1',
        'Route: <sip:[::4]:3;lr>',
        'Call-ID: a@[::1]',
      ),
    );
    expect(model.uri).toBe('sip:[2001:db8::1]:5070');
    expect(model.headers.via).toMatchObject([
      { host: '[2001:db8::9]', port: 5061, params: { branch: 'z9hG4bKx', received: '[::3]' } },
    ]);
    expect(model.headers.to?.uri).toBe('sip:a@[::1]:5');
    expect(model.headers.route).toMatchObject([{ uri: { host: '[::4]', port: 3, params: { lr: null } } }]);
    expect(model.headers['call-id']).toBe('a@[::1]');
    expect(parsePackageUri('sip:a@[::1]:5060;transport=tcp')).toMatchObject({ user: 'a', host: '[::1]', port: 5060 });
  });

  test.each(['__proto__', 'constructor'])('takes %s for a name like any other', (name) => {
    const model = parsePackageMessage(message(`To: <sip:a>;${name};x=1`, `Via: SIP/2.0/UDP a;${name}=b`, `${name}: c`));
    expect(Object.keys(model.headers.to?.params ?? {})).toEqual([name, 'x']);
    expect(Object.entries(model.headers.via?.[0]?.params ?? {})).toEqual([[name, 'b']]);
    expect(Object.entries(model.headers).at(-1)).toEqual([name, 'c']);
    expect(Object.keys(parsePackageUri(`sip:a;${name}=b`)?.params ?? {})).toEqual([name]);
    expect(stringifyPackageMessage(model)).toContain(`;${name};x=1`);
  });

  it('holds the body as it is, one character a byte', () => {
    const bytes = Buffer.concat([message(), Buffer.from([0, 13, 10, 255])]);
    expect(parsePackageMessage(bytes).content).toBe('body\0\r\n\u00ff');
  });

  it('is made once, and only when it is asked for', () => {
    const [sample] = fc.sample(validRequest, 1);
    const read = readMessage(sample!.bytes, { address: '10.0.0.1', port: 1, transport: 'udp' }, 'datagram');
    if (!(read instanceof SipRequestMessage)) throw new Error(read.kind);
    const model = lazyMessage(read);
    expect(model().method).toBe(read.method);
    expect(model()).toBe(model());
  });

  it('can be written and read again', () => {
    fc.assert(
      fc.property(validRequest, ({ bytes }) => {
        const model = parsePackageMessage(bytes);
        const again = parsePackageMessage(Buffer.from(stringifyPackageMessage(model), 'latin1'));
        expect(again.headers.via).toEqual(model.headers.via);
        expect(again.headers.cseq).toEqual(model.headers.cseq);
        expect(again.content).toBe(model.content);
      }),
    );
  });
});

describe('the guard in front of the package', () => {
  test.each([
    { what: 'headers over their limit', bytes: message(...Array.from({ length: 100 }, () => `X: ${'a'.repeat(100)}`)) },
    { what: 'a header over its limit', bytes: message(`X: ${'a'.repeat(PACKAGE_LIMITS.lineBytes)}`) },
    { what: 'a header over its limit by folding', bytes: message(`X: ${'\r\n a'.repeat(600)}`) },
    { what: 'too many headers', bytes: message(...Array.from({ length: PACKAGE_LIMITS.lines }, () => 'X: a')) },
    { what: 'no blank line', bytes: Buffer.from('REGISTER sip:a SIP/2.0\r\n') },
    { what: 'no SIP', bytes: Buffer.from('hello\r\n\r\n') },
    { what: 'nothing', bytes: Buffer.from('\r\n\r\n') },
  ])('refuses $what', ({ bytes }) => {
    expect(() => parsePackageMessage(bytes)).toThrow(UnreadableMessageError);
  });

  test.each(['\r\nX: y', '\n', '\0'])('refuses to write %j', (end) => {
    const headers = { 'call-id': 'a' };
    const write = (changes: object) => () =>
      stringifyPackageMessage({ method: 'A', uri: 'sip:a', headers, ...changes });
    expect(write({ headers: { subject: `a${end}` } })).toThrow(UnwritableValueError);
    expect(write({ headers: { [`x${end}`]: 'a' } })).toThrow(UnwritableValueError);
    expect(write({ headers: { to: { uri: 'sip:a', params: { tag: `1${end}` } } } })).toThrow(UnwritableValueError);
    expect(write({ uri: `sip:a${end}` })).toThrow(UnwritableValueError);
    expect(write({ content: `a${end}` })).not.toThrow();
  });

  it('lets nothing through that makes the package throw', () => {
    fc.assert(
      fc.property(brokenMessage, (bytes) => {
        try {
          parsePackageMessage(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableMessageError);
        }
      }),
    );
  });

  test.each(['a ', ' ', '"', '"a\\a', '<', ';', ';a', ';a=', ',a', 'a,', '0', '\r\n ', 'a=b,', 'SIP/', 'a@', '= '])(
    'keeps the time bounded for a header of %j',
    (part) => {
      const names = ['To', 'Contact', 'Via', 'Route', 'CSeq', 'Authorization', 'Authentication-Info', 'X'];
      for (const name of names) {
        const bytes = message(`${name}: ${part.repeat(2000 / part.length)}`);
        const start = process.threadCpuUsage().user;
        parsePackageMessage(bytes);
        expect((process.threadCpuUsage().user - start) / 1000).toBeLessThan(500);
      }
    },
  );
});
