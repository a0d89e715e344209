import { describe, expect, it } from 'vitest';
import { captureServerFormat } from '../../../src/core/settings/trace-formats.ts';

const { read, write } = captureServerFormat;

describe('a capture server', () => {
  it.each([
    ['sip:10.0.0.1:9060', 'sip:10.0.0.1:9060'],
    [' sip:heplify.monitoring.svc:9060;transport=udp ', 'sip:heplify.monitoring.svc:9060'],
    ['sip:[FD00::1]:9060', 'sip:[fd00::1]:9060'],
  ])('reads %j', (raw, written) => {
    const reading = read(raw);
    expect(reading.ok && write(reading.value)).toBe(written);
  });

  it.each<[unknown, string, string | undefined]>([
    ['sip:10.0.0.1', 'has no port', 'sip:10.0.0.1:9060'],
    ['sip:[fd00::1]', 'has no port', 'sip:[fd00::1]:9060'],
    ['udp:10.0.0.1:9060', 'is not a SIP URI', 'sip:10.0.0.1:9060'],
    ['hep://homer:9060', 'is not a SIP URI', 'sip:homer:9060'],
    ['homer:9060', 'is not a SIP URI', 'sip:homer:9060'],
    ['homer', 'is not a SIP URI', undefined],
    ['sip:homer:9060;transport=tcp', 'names tcp: HEP is sent by UDP', undefined],
    ['sips:homer:9061', 'names tls: HEP is sent by UDP', undefined],
    [9060, 'is a number', undefined],
  ])('refuses %j: %s', (raw, problem, suggestion) => {
    expect(read(raw)).toEqual({ ok: false, problem, ...(suggestion === undefined ? {} : { suggestion }) });
  });
});
