import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { decode, encode } from 'dns-packet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DnsServer } from './dns-server.ts';

const SERVICE = 'kdmq.default.svc.cluster.local';

describe('the DNS server of the tests', () => {
  let server: DnsServer;
  let client: Resolver;

  beforeEach(async () => {
    server = new DnsServer({ host: '127.0.0.1' });
    await server.start();
    client = new Resolver({ timeout: 2000, tries: 1 });
    client.setServers([server.address]);
  });

  afterEach(async () => {
    client.cancel();
    await server.stop();
  });

  it('publishes a headless service as Kubernetes does', async () => {
    server.zone.setHeadlessService(SERVICE, [
      { pod: 'kdmq-0', addresses: ['127.0.1.1', '::1'], ports: [{ name: 'sip', proto: 'udp', port: 5060 }] },
      { pod: 'kdmq-1', addresses: ['127.0.1.2'], ports: [{ name: 'sip', proto: 'udp', port: 5060 }] },
    ]);
    expect(await client.resolve4(SERVICE)).toEqual(['127.0.1.1', '127.0.1.2']);
    expect(await client.resolve6(SERVICE)).toEqual(['::1']);
    expect(await client.resolve4(`kdmq-1.${SERVICE}`)).toEqual(['127.0.1.2']);
    const first = { type: 'SRV', priority: 0, weight: 50, port: 5060, name: `kdmq-0.${SERVICE}` };
    expect(await client.resolveSrv(`_sip._udp.${SERVICE}`)).toContainEqual(first);
    expect(await client.resolveSrv(SERVICE)).toContainEqual(first);
  });

  it('tells a name without records of a type from a name that is not there', async () => {
    server.zone.setHeadlessService(SERVICE, []);
    await expect(client.resolve4(SERVICE)).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(client.resolve4('svc.cluster.local')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(client.resolve4('nobody.cluster.local')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('follows aliases', async () => {
    server.zone.set('alias.example', 'CNAME', ['real.example']);
    server.zone.set('real.example', 'A', ['127.0.1.9']);
    expect(await client.resolve4('alias.example')).toEqual(['127.0.1.9']);
  });

  it('sets TC on what does not fit a datagram and gives the whole over TCP', async () => {
    const addresses = Array.from({ length: 300 }, (_, i) => `127.0.${i >> 8}.${i & 255}`);
    server.zone.set('many.example', 'A', addresses);
    expect(await client.resolve4('many.example')).toEqual(addresses);
    expect(server.count({ name: 'many.example', protocol: 'udp' })).toBe(1);
    expect(server.count({ name: 'many.example', protocol: 'tcp' })).toBe(1);
  });

  it.each([
    ['without EDNS', 0, 512],
    ['with EDNS', 4096, 1232],
  ])('keeps a datagram %s within its limit', async (_what, offered, limit) => {
    server.zone.setHeadlessService(
      SERVICE,
      Array.from({ length: 40 }, (_, i) => ({ pod: `kdmq-${i}`, addresses: [`127.0.1.${i}`] })),
    );
    const answer = await askByDatagram(server.port, `_sip._udp.${SERVICE}`, offered);
    expect(answer.length).toBeLessThanOrEqual(limit);
    expect(decode(answer)).toMatchObject({ flag_tc: true });
    expect(decode(answer).answers?.length).toBeGreaterThan(2);
  });

  it('gives the addresses of SRV targets along where they fit', async () => {
    server.zone.setHeadlessService(SERVICE, [{ pod: 'kdmq-0', addresses: ['127.0.1.1', '::1'] }]);
    const answer = decode(await askByDatagram(server.port, `_sip._udp.${SERVICE}`, 0));
    const along = answer.additionals?.map((record) => 'data' in record && record.data);
    expect(along).toEqual(['127.0.1.1', '::1']);
  });

  it('listens on IPv6 and answers TCP there too', async () => {
    const onIpv6 = new DnsServer({ host: '::1' });
    await onIpv6.start();
    client.setServers([onIpv6.address]);
    onIpv6.zone.set('a.example', 'A', ['127.0.1.1']);
    onIpv6.fail({ kind: 'truncated' });
    expect(await client.resolve4('a.example')).toEqual(['127.0.1.1']);
    await onIpv6.stop();
  });

  it('keeps a name missing for a while after it was asked for and absent', async () => {
    server.cacheMissingNames(60_000);
    await expect(client.resolve4('new.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    server.zone.set('new.example', 'A', ['127.0.1.3']);
    await expect(client.resolve4('new.example')).rejects.toMatchObject({ code: 'ENOTFOUND' });
    server.heal();
    expect(await client.resolve4('new.example')).toEqual(['127.0.1.3']);
  });

  it.each([
    ['servfail', 'ESERVFAIL'],
    ['refused', 'EREFUSED'],
    ['nxdomain', 'ENOTFOUND'],
    ['nodata', 'ENODATA'],
  ] as const)('answers %s where it is told to, elsewhere the truth', async (kind, code) => {
    server.zone.set('a.example', 'A', ['127.0.1.1']);
    server.zone.set('b.example', 'A', ['127.0.1.2']);
    server.fail({ kind }, { name: 'a.example', times: 1 });
    expect(await client.resolve4('b.example')).toEqual(['127.0.1.2']);
    await expect(client.resolve4('a.example')).rejects.toMatchObject({ code });
    expect(await client.resolve4('a.example')).toEqual(['127.0.1.1']);
  });

  it('stops while clients wait and connections are open', async () => {
    server.fail({ kind: 'silence' });
    const waiting = client.resolve4('a.example').catch((error: NodeJS.ErrnoException) => error.code);
    await server.stop();
    expect(['ETIMEOUT', 'ECONNREFUSED']).toContain(await waiting);
  });
});

async function askByDatagram(port: number, name: string, udpPayloadSize: number): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    const edns = { type: 'OPT', name: '.', udpPayloadSize, extendedRcode: 0, ednsVersion: 0, flags: 0 } as const;
    const additionals = udpPayloadSize === 0 ? [] : [{ ...edns, flag_do: false, options: [] }];
    const query = encode({ type: 'query', id: 7, questions: [{ type: 'SRV', name }], additionals });
    const answered = once(socket, 'message');
    socket.send(query, port, '127.0.0.1');
    return (await answered)[0];
  } finally {
    socket.close();
  }
}
