import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  listenFormat,
  notificationAddressFormat,
  serverAddressFormat,
  socketFormat,
} from '../../../src/core/settings/address-formats.ts';
import { admissionFormat } from '../../../src/core/settings/admission-format.ts';

describe('server_address', () => {
  it.each([
    ['sip:10.0.0.1', 'sip:10.0.0.1:5060'],
    ['sip:10.0.0.1:5070', 'sip:10.0.0.1:5070'],
    ['SIP:10.0.0.1;transport=TCP', 'sip:10.0.0.1:5060;transport=tcp'],
    ['sip:10.0.0.1;transport=tls', 'sip:10.0.0.1:5061;transport=tls'],
    ['sips:10.0.0.1', 'sip:10.0.0.1:5061;transport=tls'],
    ['sip:[FD00::1]:5060', 'sip:[fd00::1]:5060'],
    ['sip:fd00::1', 'sip:[fd00::1]:5060'],
    ['sip:fd00::1;transport=tcp', 'sip:[fd00::1]:5060;transport=tcp'],
    ['sip:fd00:0:0:0:0:0:0:1:5070', 'sip:[fd00::1]:5070'],
    ['sip:fd00:10:244:1::5:5060;transport=tls', undefined],
    [' sip:10.0.0.1:5060\n', 'sip:10.0.0.1:5060'],
  ])('reads %j as %s', (raw, written) => {
    const reading = serverAddressFormat.read(raw);
    expect(reading.ok ? serverAddressFormat.write(reading.value) : undefined).toBe(written);
  });

  it.each([
    ['10.0.0.1:5060', 'does not begin with "sip:"', 'sip:10.0.0.1:5060'],
    ['http://10.0.0.1', 'does not begin with "sip:"', undefined],
    ['sip:', 'has no host', undefined],
    ['sip:10.0.0.1:0', 'has the port "0", which is not a number from 1 to 65535', undefined],
    ['sip:10.0.0.1:65536', 'has the port "65536", which is not a number from 1 to 65535', undefined],
    ['sip:10.0.0.1:', 'has the port "", which is not a number from 1 to 65535', undefined],
    ['sip:10.0.0.1;transport=sctp', 'has the transport "sctp", known are udp, tcp and tls', undefined],
    ['sip:10.0.0.999', 'has the host "10.0.0.999", which is neither an IP address nor a DNS name', undefined],
    ['sip:[fd00::1', 'has a [ without its ]', undefined],
    ['sip:fd00::1:5060', 'can be read in two ways', 'sip:[fd00::1]:5060 or sip:[fd00::1:5060]'],
    [5060, 'is a number', undefined],
    [['sip:10.0.0.1'], 'is a list', undefined],
  ])('refuses %j', (raw, problem, suggestion) => {
    expect(serverAddressFormat.read(raw)).toEqual({ ok: false, problem, ...(suggestion && { suggestion }) });
  });

  it.each(['sip:0.0.0.0:5060', 'sip:[::]:5060', 'sip:::'])('refuses %s: nobody can send to it', (raw) => {
    expect(serverAddressFormat.read(raw)).toMatchObject({ ok: false, problem: expect.stringContaining('announced') });
  });

  it('refuses a name, because each Kamailio on the bus would look it up', () => {
    expect(serverAddressFormat.read('sip:kdmq.example.org')).toMatchObject({
      problem: expect.stringContaining('give its IP address'),
    });
  });
});

describe('notification_address', () => {
  const one = { host: 'a.example', port: undefined, transport: 'udp' };
  const two = { host: 'b.example', port: 5070, transport: 'tcp' };

  it.each([
    ['a YAML list', ['sip:a.example', 'sip:b.example:5070;transport=tcp']],
    ['commas', 'sip:a.example,sip:b.example:5070;transport=tcp'],
    ['blanks', 'sip:a.example  sip:b.example:5070;transport=tcp'],
    ['lines', 'sip:a.example\nsip:b.example:5070;transport=tcp\n'],
    ['a list of lists in text', ['sip:a.example, sip:b.example:5070;transport=tcp']],
  ])('reads several from %s', (_, raw) => {
    expect(notificationAddressFormat.read(raw)).toEqual({ ok: true, value: [one, two] });
  });

  it('keeps the dot at the end of a name, which says that the search list is not for it', () => {
    const value = [{ host: 'kdmq.default.svc.cluster.local.', port: 5060, transport: 'udp' as const }];
    expect(notificationAddressFormat.read('sip:kdmq.default.svc.cluster.local.:5060')).toEqual({ ok: true, value });
    expect(notificationAddressFormat.write(value)).toEqual(['sip:kdmq.default.svc.cluster.local.:5060']);
  });

  it('reads its own default, as `kdmq config` prints it', () => {
    expect(notificationAddressFormat.read([])).toEqual({ ok: true, value: [] });
  });

  it('writes a port only where one was given', () => {
    expect(notificationAddressFormat.write([{ host: 'fd00::1', port: undefined, transport: 'tls' }])).toEqual([
      'sip:[fd00::1];transport=tls',
    ]);
  });

  it('names each item that is wrong', () => {
    expect(notificationAddressFormat.read('a.example sip:b.example sip:c:0')).toEqual({
      ok: false,
      problem:
        'is wrong in 2 of 3: a.example does not begin with "sip:" (did you mean sip:a.example?); sip:c:0 has the port "0", which is not a number from 1 to 65535',
    });
  });

  it.each([
    [' , ', 'is empty'],
    [[5060], 'holds something else than texts'],
    [5060, 'is a number'],
  ])('refuses %j', (raw, problem) => {
    expect(notificationAddressFormat.read(raw)).toEqual({ ok: false, problem });
  });
});

describe('listen', () => {
  it.each([
    ['udp:127.0.0.1:5060', ['udp:127.0.0.1:5060']],
    ['UDP:127.0.0.1', ['udp:127.0.0.1:5060']],
    ['tls:[::1]:5061', ['tls:[::1]:5061']],
    ['tls:[::1]', ['tls:[::1]:5061']],
    ['tcp:*:5060', ['tcp:0.0.0.0:5060']],
    ['udp:[::]:5060', ['udp:[::]:5060']],
    ['127.0.0.1:5070', ['udp:127.0.0.1:5070', 'tcp:127.0.0.1:5070']],
    ['udp:*:5060, tcp:*:5060', ['udp:0.0.0.0:5060', 'tcp:0.0.0.0:5060']],
  ])('reads %j as %j', (raw, written) => {
    const reading = listenFormat.read(raw);
    expect(reading.ok ? listenFormat.write(reading.value) : reading).toEqual(written);
  });

  it.each([
    ['udp:eth0:5060', 'has the address "eth0", which is not an IP address', undefined],
    ['udp:127.0.0.1:0', 'has the port "0", which is not a number from 1 to 65535', undefined],
    ['sctp:127.0.0.1:5060', 'has the transport "sctp", known are udp, tcp and tls', undefined],
    ['tcp:fd00::1', 'holds an IPv6 address without brackets', 'tcp:[fd00::1]'],
    ['udp:fd00::1:5060', 'holds an IPv6 address without brackets', 'udp:[fd00::1]:5060'],
    ['sip:10.0.0.1:5060', 'is a SIP URI', 'udp:10.0.0.1:5060'],
    ['udp:[::1:5060', 'is not a socket', undefined],
  ])('refuses %j', (raw, problem, suggestion) => {
    expect(listenFormat.read(raw)).toEqual({ ok: false, problem, ...(suggestion && { suggestion }) });
  });
});

describe('server_socket', () => {
  it.each([
    ['udp:10.0.0.1:5060', { transport: 'udp', host: '10.0.0.1', port: 5060 }],
    ['10.0.0.1:5060', { transport: 'udp', host: '10.0.0.1', port: 5060 }],
    ['tls:[fd00::1]', { transport: 'tls', host: 'fd00::1', port: 5061 }],
  ])('reads %j', (raw, value) => {
    expect(socketFormat.read(raw)).toEqual({ ok: true, value });
  });
});

describe('admission', () => {
  it.each([
    ['private', { kind: 'private' }],
    [' Known', { kind: 'known' }],
    ['open', { kind: 'open' }],
    ['cidr:10.0.0.0/8,192.168.0.0/16', { kind: 'cidr', ranges: ['10.0.0.0/8', '192.168.0.0/16'] }],
    ['cidr: 10.0.0.0/8 fd00::/8', { kind: 'cidr', ranges: ['10.0.0.0/8', 'fd00::/8'] }],
  ])('reads %j', (raw, value) => {
    expect(admissionFormat.read(raw)).toEqual({ ok: true, value });
  });

  it.each([
    ['privat', 'is not known', 'private'],
    ['10.0.0.0/8', 'is not known', 'cidr:10.0.0.0/8'],
    ['cidr:', 'has no address range after cidr:', undefined],
    ['cidr:10.0.0.0/33', 'is wrong: "10.0.0.0/33" has no prefix length from 0 to 32 after the slash', undefined],
    [true, 'is a boolean', undefined],
  ])('refuses %j', (raw, problem, suggestion) => {
    expect(admissionFormat.read(raw)).toEqual({ ok: false, problem, ...(suggestion && { suggestion }) });
  });
});

describe('every address format', () => {
  const formats = [serverAddressFormat, notificationAddressFormat, listenFormat, socketFormat, admissionFormat];
  const pieces = fc.constantFrom(
    'sip:',
    'udp:',
    'tls:',
    '[',
    ']',
    '::',
    ':',
    '10.0.0.1',
    'fd00',
    '5060',
    ';transport=',
    '*',
    ',',
    ' ',
    '/8',
    'cidr:',
    '@',
    '?',
  );
  const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));

  it('reads back what it writes, and never throws', () => {
    fc.assert(
      fc.property(fc.constantFrom(...formats), text, (format, raw) => {
        const reading = format.read(raw);
        if (!reading.ok) return;
        const written = format.write(reading.value as never);
        expect(format.read(written)).toEqual(reading);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([`sip:${':'.repeat(50_000)}`, `sip:${'a.'.repeat(50_000)}`, '['.repeat(100_000), ' ,'.repeat(50_000)])(
    'takes no time over a very long text',
    (raw) => {
      const started = performance.now();
      for (const format of formats) format.read(raw);
      expect(performance.now() - started).toBeLessThan(1000);
    },
  );
});
