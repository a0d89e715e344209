import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { inRanges, isPrivateAddress, parseRange } from '../../src/core/address-ranges.ts';

const range = (text: string) => {
  const reading = parseRange(text);
  if (!reading.ok) throw new Error(`${text} ${reading.why}`);
  return reading.range;
};

describe('private addresses', () => {
  it.each([
    ['RFC 1918', ['10.0.0.0', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255']],
    ['loopback', ['127.0.0.1', '127.255.255.254', '::1']],
    ['link-local', ['169.254.0.1', '169.254.255.255', 'fe80::1', 'febf::1', 'fe80::1%eth0']],
    ['carrier-grade NAT (RFC 6598)', ['100.64.0.0', '100.127.255.255']],
    ['unique local', ['fc00::1', 'fdff:ffff::1']],
    ['benchmarking', ['198.18.0.1', '198.19.255.255', '2001:2::1']],
    ['documentation', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff:fff::1']],
    ['this host, reserved, broadcast', ['0.0.0.0', '0.1.2.3', '240.0.0.1', '255.255.255.255', '::']],
    ['protocol assignments', ['192.0.0.8', '192.0.0.170', '2001:1::', '2001:1ff::1', '64:ff9b:1::1', '5f00::1']],
    ['discard-only and dummy', ['100::1', '100:0:0:1::1']],
    ['IPv4-mapped', ['::ffff:10.0.0.1', '::ffff:a00:1', '::FFFF:192.168.1.1', '0:0:0:0:0:ffff:127.0.0.1']],
  ])('%s', (_what, addresses) => {
    expect(addresses.filter((address) => !isPrivateAddress(address))).toEqual([]);
  });

  it.each([
    ['neighbours of RFC 1918', ['9.255.255.255', '11.0.0.0', '172.15.255.255', '172.32.0.0', '192.167.255.255']],
    ['neighbours of the others', ['100.63.255.255', '100.128.0.0', '126.255.255.255', '198.17.255.255', '198.20.0.0']],
    ['public', ['1.1.1.1', '8.8.8.8', '2606:4700::1111', '2a00::1', 'fec0::1']],
    ['reachable anycast within a reserved block', ['192.0.0.9', '192.0.0.10', '2001:1::1', '2001:3::1', '2001:20::1']],
    ['tunnels that anyone can send from', ['2001::1', '2002:a00:1::1', '64:ff9b::a00:1']],
    ['IPv4-mapped public', ['::ffff:8.8.8.8', '::ffff:808:808']],
    ['IPv4-compatible, which is no longer a thing', ['::10.0.0.1']],
    ['not an address', ['localhost', '', '10.0.0', '10.0.0.0.1', '010.0.0.1', '10.0.0.1 ', '[::1]', ':::', '1e9']],
  ])('public: %s', (_what, addresses) => {
    expect(addresses.filter(isPrivateAddress)).toEqual([]);
  });

  it('says the same for an IPv4 address and its mapped form', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(isPrivateAddress(`::ffff:${address}`)).toBe(isPrivateAddress(address));
      }),
    );
  });

  it('is cheap enough to be asked for each message of a stranger', () => {
    const addresses = ['10.1.2.3', '8.8.8.8', 'fd00::1:2', '2606:4700::1111'];
    const start = performance.now();
    for (let i = 0; i < 100_000; i++) isPrivateAddress(addresses[i & 3]!);
    expect((performance.now() - start) / 100_000).toBeLessThan(0.05);
  });
});

describe('address ranges', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', '11.0.0.0'],
    ['10.0.0.7', '10.0.0.7', '10.0.0.8'],
    ['0.0.0.0/0', '255.255.255.255', '::1'],
    ['255.255.255.254/31', '255.255.255.255', '255.255.255.253'],
    ['fd00::/8', 'fdff::1', 'fe00::1'],
    ['2001:db8:8000::/33', '2001:db8:ffff::1', '2001:db8:7fff::1'],
    ['::1', '::1', '::2'],
    ['::/0', '2001:db8::1', '10.0.0.1'],
    ['::ffff:10.0.0.0/104', '10.1.2.3', '11.0.0.0'],
    ['10.0.0.0/8', '::ffff:10.1.2.3', '::ffff:11.0.0.1'],
    ['fe80::/10', 'fe80::1%eth0', '10.0.0.1'],
  ])('%s holds %s, not %s', (text, inside, outside) => {
    expect(inRanges(inside, [range(text)])).toBe(true);
    expect(inRanges(outside, [range(text)])).toBe(false);
  });

  it.each([
    ['', 'does not start with an IP address'],
    ['/8', 'does not start with an IP address'],
    ['example.com/8', 'does not start with an IP address'],
    ['10.0/8', 'does not start with an IP address'],
    ['010.0.0.0/8', 'does not start with an IP address'],
    ['10.0.0.0/', 'has no prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/33', 'has no prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/08', 'has no prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/8/8', 'has no prefix length from 0 to 32 after the slash'],
    ['10.0.0.0/255.0.0.0', 'has no prefix length from 0 to 32 after the slash'],
    ['fd00::/129', 'has no prefix length from 0 to 128 after the slash'],
    ['10.0.0.5/8', 'has bits set beyond its first 8: write the first address of the range'],
    ['fd00::1/64', 'has bits set beyond its first 64: write the first address of the range'],
  ])('refuses "%s"', (text, why) => {
    expect(parseRange(text)).toEqual({ ok: false, why });
  });

  it('agrees with ipaddr.js on which address lies in which range', () => {
    const cases = fc.oneof(
      fc.record({ address: fc.ipV4(), base: fc.ipV4(), prefix: fc.integer({ min: 0, max: 32 }) }),
      fc.record({ address: fc.ipV6(), base: fc.ipV6(), prefix: fc.integer({ min: 0, max: 128 }) }),
    );
    fc.assert(
      fc.property(cases, fc.boolean(), ({ address, base, prefix }, near) => {
        // Random addresses hardly ever share a prefix, so half of the time the range is made from the address.
        const from = ipaddr.parse(near ? address : base);
        const bytes = from.toByteArray().map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - i * 8))));
        const first = ipaddr.fromByteArray(bytes);
        fc.pre(first.kind() === 'ipv4' || !isMapped(first));
        const parsed = ipaddr.parse(address);
        fc.pre(parsed.kind() === 'ipv4' || !isMapped(parsed));
        expect(inRanges(address, [range(`${first.toString()}/${prefix}`)])).toBe(parsed.match(first, prefix));
      }),
      { numRuns: 500 },
    );
  });
});

function isMapped(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
}
