import { describe, expect, it } from 'vitest';
import { formatNodeUri } from '../../src/core/node-uri.ts';
import {
  type AskedAddress,
  addressesCoverTargets,
  chosenRecords,
  hostAddress,
  type NameAnswers,
  nodesFromAnswers,
  serviceNames,
} from '../../src/core/notification-answers.ts';

const ANY_PORT: AskedAddress = { port: undefined, transport: 'udp' };
const srv = (...texts: string[]) =>
  texts.map((text) => {
    const [target = '', port] = text.split(':');
    return { target, port: Number(port), priority: 0 };
  });
const answers = (parts: Partial<NameAnswers>): NameAnswers => ({
  serviceRecords: [],
  plainRecords: [],
  addresses: [],
  ...parts,
});
const written = (records: ReturnType<typeof chosenRecords>) => records.map(({ target, port }) => `${target}:${port}`);

describe('the SRV names of a transport', () => {
  it.each([
    ['udp', 'kdmq.x', ['_sip._udp.kdmq.x', '_sip-udp._udp.kdmq.x']],
    ['tcp', 'kdmq.x', ['_sip._tcp.kdmq.x', '_sip-tcp._tcp.kdmq.x']],
    ['tls', 'kdmq.x', ['_sips._tcp.kdmq.x', '_sip-tls._tcp.kdmq.x']],
    ['udp', '_sip._udp.kdmq.x', []],
  ] as const)('%s of %s', (transport, name, expected) => {
    expect(serviceNames(name, transport)).toEqual(expected);
  });
});

describe('the SRV records that count', () => {
  it.each<[string, AskedAddress, Partial<NameAnswers>, string[]]>([
    [
      'service records beat plain ones',
      ANY_PORT,
      { serviceRecords: srv('a:5070'), plainRecords: srv('a:9090') },
      ['a:5070'],
    ],
    ['plain ones where there are no others', ANY_PORT, { plainRecords: srv('a:5070', 'b:5070') }, ['a:5070', 'b:5070']],
    [
      'of several plain ports of a target the default one',
      ANY_PORT,
      { plainRecords: srv('a:9090', 'a:5060', 'b:5070') },
      ['a:5060', 'b:5070'],
    ],
    [
      'all plain ports where none is the default',
      ANY_PORT,
      { plainRecords: srv('a:5070', 'a:5080') },
      ['a:5070', 'a:5080'],
    ],
    [
      'the default of TLS is 5061',
      { port: undefined, transport: 'tls' },
      { plainRecords: srv('a:5060', 'a:5061') },
      ['a:5061'],
    ],
    [
      'several ports of one target in service records',
      ANY_PORT,
      { serviceRecords: srv('a:5060', 'a:5070') },
      ['a:5060', 'a:5070'],
    ],
    [
      'an explicit port leaves out the others',
      { port: 5070, transport: 'udp' },
      { serviceRecords: srv('a:5060', 'b:5070') },
      ['b:5070'],
    ],
    [
      'an explicit port that only plain records have',
      { port: 5070, transport: 'udp' },
      { serviceRecords: srv('a:5060'), plainRecords: srv('a:5070') },
      ['a:5070'],
    ],
    ['the same record twice', ANY_PORT, { serviceRecords: srv('a:5060', 'a:5060') }, ['a:5060']],
    ['"not offered here" and port 0', ANY_PORT, { serviceRecords: srv(':5060', 'a:0') }, []],
  ])('%s', (_what, asked, parts, expected) => {
    expect(written(chosenRecords(asked, answers(parts)))).toEqual(expected);
  });
});

describe('the nodes that answers lead to', () => {
  const TARGETS = new Map([
    ['a', ['10.0.0.1']],
    ['b', ['10.0.0.2', 'fd00::2']],
  ]);

  it.each<[string, AskedAddress, ReturnType<typeof srv>, string[], string[]]>([
    [
      'addresses alone get the default port',
      ANY_PORT,
      [],
      ['10.0.0.1', 'fd00::1'],
      ['sip:10.0.0.1:5060', 'sip:[fd00::1]:5060'],
    ],
    [
      'addresses alone get the port of the URI',
      { port: 5080, transport: 'tcp' },
      [],
      ['10.0.0.1'],
      ['sip:10.0.0.1:5080;transport=tcp'],
    ],
    ['TLS has 5061', { port: undefined, transport: 'tls' }, [], ['10.0.0.1'], ['sip:10.0.0.1:5061;transport=tls']],
    ['a pod in SRV and A has the port of SRV only', ANY_PORT, srv('a:5070'), ['10.0.0.1'], ['sip:10.0.0.1:5070']],
    [
      'a pod whose own name is not known yet gets the port of its fellows',
      ANY_PORT,
      srv('a:5070', 'c:5070'),
      ['10.0.0.1', '10.0.0.3'],
      ['sip:10.0.0.1:5070', 'sip:10.0.0.3:5070'],
    ],
    [
      'where ports differ, an address without SRV gets the default',
      ANY_PORT,
      srv('a:5070', 'b:5080'),
      ['10.0.0.9'],
      ['sip:10.0.0.1:5070', 'sip:10.0.0.2:5080', 'sip:[fd00::2]:5080', 'sip:10.0.0.9:5060'],
    ],
    [
      'two nodes on one address keep their ports',
      ANY_PORT,
      srv('a:5070', 'a:5080'),
      ['10.0.0.1'],
      ['sip:10.0.0.1:5070', 'sip:10.0.0.1:5080'],
    ],
    [
      'the same address in other writing is one node',
      ANY_PORT,
      [],
      ['FD00:0::1', 'fd00::1', '::ffff:10.0.0.1', '10.0.0.1'],
      ['sip:[fd00::1]:5060', 'sip:10.0.0.1:5060'],
    ],
    [
      'what no host can have is left out',
      ANY_PORT,
      [],
      ['0.0.0.0', '::', '224.0.1.75', 'ff02::1', '255.255.255.255', 'x'],
      [],
    ],
  ])('%s', (_what, asked, records, addresses, expected) => {
    expect(nodesFromAnswers(asked, records, TARGETS, addresses).map(formatNodeUri)).toEqual(expected);
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::FFFF:a00:1', '10.0.0.1'],
    ['FD00::0001', 'fd00::1'],
    ['0.1.2.3', undefined],
    ['::ffff:0.0.0.0', undefined],
    ['239.255.255.255', undefined],
    ['240.0.0.1', '240.0.0.1'],
    ['name', undefined],
  ])('%s stands as %s', (text, expected) => {
    expect(hostAddress(text)).toBe(expected);
  });
});

describe('the addresses of a large headless service', () => {
  const pods = Array.from({ length: 40 }, (_, i) => `kdmq-${i}.kdmq.x:5070`);
  const addresses = pods.map((_, i) => `10.0.0.${i}`);
  it.each([
    ['one address a target', 'kdmq.x', pods, addresses, true],
    ['asked for by its service name', '_sip._udp.kdmq.x', pods, addresses, true],
    ['both families', 'kdmq.x', pods, [...addresses, ...pods.map((_, i) => `fd00::${i + 1}`)], true],
    ['few targets are asked for', 'kdmq.x', pods.slice(0, 16), addresses.slice(0, 16), false],
    ['fewer addresses than targets', 'kdmq.x', pods, addresses.slice(1), false],
    ['different ports', 'kdmq.x', [...pods.slice(1), 'kdmq-0.kdmq.x:5080'], addresses, false],
    ['a target elsewhere', 'kdmq.x', [...pods.slice(1), 'kdmq-0.other.x:5070'], addresses, false],
    ['targets of another name', 'example.x', pods, addresses, false],
  ])('%s: stand for the targets or not', (_what, name, records, own, expected) => {
    expect(addressesCoverTargets(name, srv(...records), own)).toBe(expected);
  });
});
