import { Resolver } from 'node:dns/promises';
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
