import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeUri, TransportName } from '../../src/core/node-uri.ts';
import { readNotification, writeNotificationLine } from '../../src/core/notification.ts';

const lines = (body: string): string[] =>
  readNotification(body).lines.map(({ uri, status }) => `${uri.transport} ${uri.host} ${uri.port} ${status}`);

describe('a node list is read', () => {
  it.each([
    ['as Kamailio writes it', 'sip:10.0.0.1:5060;status=active\r\n', ['udp 10.0.0.1 5060 active']],
    ['with a transport', 'sip:10.0.0.1:5060;transport=tcp;status=active\r\n', ['tcp 10.0.0.1 5060 active']],
    ['with the status first', 'sip:10.0.0.1:5060;status=disabled;transport=tls\r\n', ['tls 10.0.0.1 5060 disabled']],
    ['with IPv6', 'sip:[fd00::1]:5062;status=active\r\n', ['udp fd00::1 5062 active']],
    ['without a port', 'sip:10.0.0.1;status=active\r\n', ['udp 10.0.0.1 5060 active']],
    ['with other parameters', 'sip:10.0.0.1:5060;x=1;status=active;y\r\n', ['udp 10.0.0.1 5060 active']],
    ['in capitals', 'SIP:10.0.0.1:5060;STATUS=Active\r\n', ['udp 10.0.0.1 5060 active']],
    [
      'with bare line feeds',
      'sip:a.b:1;status=active\nsip:c.d:2;status=active\n',
      ['udp a.b 1 active', 'udp c.d 2 active'],
    ],
    ['without a line end at the end', 'sip:10.0.0.1:5060;status=active', ['udp 10.0.0.1 5060 active']],
    ['with blank lines', '\r\n\r\nsip:10.0.0.1:5060;status=active\r\n\r\n', ['udp 10.0.0.1 5060 active']],
    ['empty', '', []],
  ])('%s', (_what, body, expected) => {
    expect(lines(body)).toEqual(expected);
    expect(readNotification(body).skipped).toBe(0);
  });

  it.each([
    ['active', 'active'],
    ['not_active', 'not_active'],
    ['timeout', 'not_active'],
    ['pending', 'not_active'],
    ['disabled', 'disabled'],
  ])('status %s of any version means %s', (word, status) => {
    expect(lines(`sip:10.0.0.1:5060;status=${word}\r\n`)).toEqual([`udp 10.0.0.1 5060 ${status}`]);
  });

  it.each([
    ['an unknown status', 'sip:10.0.0.9:5060;status=asleep'],
    ['a status out of Object.prototype', 'sip:10.0.0.9:5060;status=constructor'],
    ['no status', 'sip:10.0.0.9:5060'],
    ['no URI', 'nonsense'],
    ['no host', 'sip:;status=active'],
    ['a port beyond 65535', 'sip:10.0.0.9:70000;status=active'],
    ['an unknown transport', 'sip:10.0.0.9:5060;transport=sctp;status=active'],
    ['a line beyond 512 characters', `sip:10.0.0.9:5060;x=${'x'.repeat(512)};status=active`],
  ])('a line with %s is skipped and counted, the rest is used', (_what, line) => {
    const body = `sip:10.0.0.1:5060;status=active\r\n${line}\r\nsip:10.0.0.2:5060;status=active\r\n`;
    expect(lines(body)).toEqual(['udp 10.0.0.1 5060 active', 'udp 10.0.0.2 5060 active']);
    expect(readNotification(body).skipped).toBe(1);
  });

  it('up to 2,000 lines; those beyond are counted as skipped', () => {
    const { lines, skipped } = readNotification('sip:10.0.0.1:5060;status=active\r\n'.repeat(2_003));
    expect([lines.length, skipped]).toEqual([2_000, 3]);
  });

  it('never with a throw, whatever the bytes', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('sip:', ';status=', 'active', '\r\n', '\n', '[', '::', ':5060'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const { lines, skipped } = readNotification(pieces.join(''));
        expect(lines.length + skipped).toBeLessThanOrEqual(pieces.join('').split('\n').length);
      }),
    );
  });
});

describe('a line is written', () => {
  const anyUri: fc.Arbitrary<NodeUri> = fc.record({
    host: fc.oneof(fc.ipV4(), fc.constantFrom('fd00::1', '::1', 'node-1.kdmq.svc')),
    port: fc.integer({ min: 1, max: 65_535 }),
    transport: fc.constantFrom<TransportName>('udp', 'tcp', 'tls'),
  });

  it('so that Kamailio 5.6.3 can read it: two statuses, CRLF at the end', () => {
    fc.assert(
      fc.property(anyUri, fc.constantFrom('active', 'disabled'), (uri, status) => {
        expect(writeNotificationLine(uri, status)).toMatch(
          /^sip:[^\s;]+:\d+(;transport=(tcp|tls))?;status=(active|disabled)\r\n$/,
        );
      }),
    );
  });

  it('so that it reads back as it was meant', () => {
    fc.assert(
      fc.property(anyUri, fc.constantFrom('active', 'disabled'), (uri, status) => {
        expect(readNotification(writeNotificationLine(uri, status))).toEqual({ lines: [{ uri, status }], skipped: 0 });
      }),
    );
  });
});
