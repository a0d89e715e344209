import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  formatHostPort,
  formatNodeUri,
  type NodeUri,
  nodeKey,
  parseHost,
  parseNodeUri,
  sameNode,
} from '../../src/core/node-uri.ts';

const udp = (host: string, port = 5060): NodeUri => ({ host, port, transport: 'udp' });

test.each<{ text: string; node: NodeUri; why: string }>([
  { text: 'sip:10.0.0.1:5080', node: udp('10.0.0.1', 5080), why: 'the plain form' },
  { text: 'sip:10.0.0.1', node: udp('10.0.0.1'), why: 'no port is 5060' },
  {
    text: 'sip:10.0.0.1;transport=tls',
    node: { host: '10.0.0.1', port: 5061, transport: 'tls' },
    why: 'no port with TLS is 5061',
  },
  { text: 'sips:10.0.0.1', node: { host: '10.0.0.1', port: 5061, transport: 'tls' }, why: 'sips is TLS' },
  {
    text: 'sips:10.0.0.1;transport=tcp',
    node: { host: '10.0.0.1', port: 5061, transport: 'tls' },
    why: 'sips over TCP is TLS',
  },
  {
    text: 'SIP:10.0.0.1:5060;Transport=TCP',
    node: { host: '10.0.0.1', port: 5060, transport: 'tcp' },
    why: 'any case',
  },
  { text: 'sip:usrloc@10.0.0.1:5060', node: udp('10.0.0.1'), why: 'a user part is skipped' },
  { text: 'sip:u;par=u%40x:pw@10.0.0.1', node: udp('10.0.0.1'), why: 'a user part may hold ; and :' },
  {
    text: 'sip:10.0.0.1;lr;maddr=1.2.3.4;ttl=1?Subject=x;y',
    node: udp('10.0.0.1'),
    why: 'other parameters and headers are skipped',
  },
  {
    text: 'sip:10.0.0.1:5060;xtransport=tcp;transports=tcp;transport',
    node: udp('10.0.0.1'),
    why: 'names that only look alike',
  },
  {
    text: 'sip:Node-0.DMQ.svc.Cluster.Local.',
    node: udp('node-0.dmq.svc.cluster.local'),
    why: 'DNS names are lower-cased, no root dot',
  },
  { text: 'sip:my_node_1:5060', node: udp('my_node_1'), why: 'an underscore, as container names have it' },
  { text: 'sip:[2001:DB8:0:0:0:0:0:10]:5070', node: udp('2001:db8::10', 5070), why: 'IPv6 in its shortest form' },
  { text: 'sip:[2001:db8::10:5070]', node: udp('2001:db8::10:5070'), why: 'inside the brackets it is no port' },
  { text: 'sip:[::ffff:c000:0201]', node: udp('::ffff:192.0.2.1'), why: 'IPv4-mapped' },
  { text: 'sip:[::FFFF:192.0.2.1]', node: udp('::ffff:192.0.2.1'), why: 'IPv4-mapped, dotted' },
  { text: 'sip:[::]:1', node: udp('::', 1), why: 'all zeros' },
  { text: 'sip:[1:0:0:2:0:0:0:3]', node: udp('1:0:0:2::3'), why: 'the longest run of zeros' },
  { text: 'sip:[1:0:0:2:3:0:0:4]', node: udp('1::2:3:0:0:4'), why: 'the first of two equal runs' },
  { text: 'sip:[1:0:2:3:4:5:6:7]', node: udp('1:0:2:3:4:5:6:7'), why: 'one zero alone stays' },
  { text: 'sip:10.0.0.1:05060', node: udp('10.0.0.1'), why: 'leading zeros of a port' },
])('$text is read: $why', ({ text, node }) => {
  expect(parseNodeUri(text)).toEqual(node);
});

test.each([
  '',
  'sip',
  'sip:',
  'sip:@10.0.0.1',
  'sip:a@b@c',
  'tel:+123',
  'http://10.0.0.1',
  'sipx:10.0.0.1',
  'sip:10.0.0.1:0',
  'sip:10.0.0.1:65536',
  'sip:10.0.0.1:',
  'sip:10.0.0.1:-1',
  'sip:10.0.0.1:5060x',
  'sip:10.0.0.1:99999999999999999999',
  'sip:10.0.0',
  'sip:10.0.0.256',
  'sip:10.0.0.1.2',
  'sip:010.0.0.1',
  'sip:1',
  'sip:0x7f000001.1',
  'sip:-a.example',
  'sip:a..b',
  'sip:.a',
  `sip:${'a'.repeat(64)}`,
  `sip:${'a.'.repeat(130)}b`,
  'sip:2001:db8::10',
  'sip:[2001:db8::10',
  'sip:2001:db8::10]',
  'sip:[]',
  'sip:[1:2:3:4:5:6:7]',
  'sip:[1:2:3:4:5:6:7:8:9]',
  'sip:[1::2::3]',
  'sip:[:::1]',
  'sip:[1:2:3:4:5:6:7::8]',
  'sip:[fe80::1%eth0]',
  'sip:[12345::]',
  'sip:[::1.2.3]',
  'sip:[1.2.3.4::]',
  'sip:[10.0.0.1]',
  'sip:10.0.0.1;transport=sctp',
  'sip:10.0.0.1;transport=',
  'sip:10.0.0.1;transport=tcp;transport=udp',
  'sips:10.0.0.1;transport=udp',
  'sip:10.0.0.1 ;transport=tcp',
  'sip:10.0.0.1\r\nVia: x',
  'sip:10.0.0.1\0',
  '<sip:10.0.0.1>',
  'sip:10.0.0.1>',
])('%j is refused', (text) => {
  expect(parseNodeUri(text)).toBeUndefined();
});

const nodes = fc.record<NodeUri>({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()).map((host) => parseHost(host)!),
  port: fc.integer({ min: 1, max: 65535 }),
  transport: fc.constantFrom('udp', 'tcp', 'tls'),
});

describe('a node URI', () => {
  it('is written so that it reads back as the same node', () => {
    fc.assert(
      fc.property(nodes, (node) => {
        expect(parseNodeUri(formatNodeUri(node))).toEqual(node);
      }),
    );
  });

  it('has equal keys exactly when both are the same node', () => {
    fc.assert(fc.property(nodes, nodes, (a, b) => (nodeKey(a) === nodeKey(b)) === sameNode(a, b)));
    expect(sameNode(udp('a'), udp('a'))).toBe(true);
    expect(sameNode(udp('a'), { ...udp('a'), transport: 'tcp' })).toBe(false);
    expect(sameNode(udp('a'), udp('a', 5061))).toBe(false);
  });

  it('is never thrown about, whatever the text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void parseNodeUri(`sip:${text}`)));
    fc.assert(fc.property(fc.string(), (text) => void parseNodeUri(text)));
  });

  it('is written as Kamailio writes it', () => {
    expect(formatNodeUri(udp('10.0.0.1'))).toBe('sip:10.0.0.1:5060');
    expect(formatNodeUri({ host: '::1', port: 5061, transport: 'tls' })).toBe('sip:[::1]:5061;transport=tls');
    expect(formatHostPort(udp('::1'))).toBe('[::1]:5060');
  });

  it('reads a host alone with or without brackets', () => {
    expect(parseHost('[2001:DB8::0]')).toBe('2001:db8::');
    expect(parseHost('2001:DB8::0')).toBe('2001:db8::');
    expect(parseHost('Node')).toBe('node');
    expect(parseHost('1.2.3')).toBeUndefined();
  });
});
