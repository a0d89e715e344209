import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseResolvConf } from '../../src/core/resolv-conf.ts';

describe('a resolv.conf', () => {
  it('is read as a pod has it', () => {
    const text =
      'search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n';
    expect(parseResolvConf(text)).toEqual({
      nameservers: [{ host: '10.96.0.10', port: 53 }],
      search: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
      timeoutMs: 5000,
      attempts: 2,
      noTldQuery: false,
    });
  });

  it.each([
    ['', ['127.0.0.1:53']],
    ['nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4', 3],
    ['# nameserver 10.0.0.1\n; nameserver 10.0.0.2\nnameserver\t10.0.0.3  ', ['10.0.0.3:53']],
    ['nameserver 10.0.0.1\r\nnameserver dns.example\nnameserver\nnameserver 1.2.3', ['10.0.0.1:53']],
    ['nameserver fd00::a\nnameserver fe80::1%eth0\nnameserver fe80::1%', ['fd00::a:53', 'fe80::1%eth0:53']],
    ['nameserver [127.0.0.1]:5353\nnameserver [::1]:5354\nnameserver 127.0.0.2:5355', 3],
    ['nameserver [127.0.0.1]:0\nnameserver [127.0.0.1]:65536\nnameserver [x]:53', ['127.0.0.1:53']],
  ])('%j has these name servers', (text, expected) => {
    const servers = parseResolvConf(text).nameservers.map(({ host, port }) => `${host}:${port}`);
    if (typeof expected === 'number') expect(servers).toHaveLength(expected);
    else expect(servers).toEqual(expected);
  });

  it.each([
    ['options ndots:0', { ndots: 0 }],
    ['options ndots:16 timeout:99 attempts:9', { ndots: 15, timeoutMs: 30_000, attempts: 5 }],
    ['options timeout:0 attempts:0', { timeoutMs: 1000, attempts: 1 }],
    ['options ndots:2\noptions ndots:3 rotate edns0', { ndots: 3 }],
    ['options ndots: ndots:x ndots:-1 timeout', { ndots: 1, timeoutMs: 5000 }],
    ['options no-tld-query', { noTldQuery: true }],
    ['search a.example b.example\nsearch c.example', { search: ['c.example'] }],
    ['search', { search: [] }],
  ])('%j', (text, expected) => {
    expect(parseResolvConf(text)).toMatchObject(expected);
  });

  it.each([
    ['web.example.org', '', ['example.org']],
    ['web', '', []],
    ['web.', '', []],
    ['web.example.org', 'search x.org', ['x.org']],
  ])('on the host %s with the file %j searches %j', (host, text, search) => {
    expect(parseResolvConf(text, host).search).toEqual(search);
  });

  it('is read without throwing and within its bounds, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'nameserver :.1[]%\n\t#search options ndots') }), (text) => {
        const conf = parseResolvConf(text);
        expect(conf.nameservers.length).toBeGreaterThan(0);
        expect(conf.nameservers.length).toBeLessThanOrEqual(3);
        expect(conf.search.length).toBeLessThanOrEqual(32);
      }),
    );
  });
});
