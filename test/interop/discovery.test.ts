import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DnsServer } from '../dns/dns-server.ts';
import type { Zone } from '../dns/zone.ts';
import { startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { machineHas } from '../machine.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';
import { activeNodes, kamailioSees, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);
const service = 'sip.voice.svc.cluster.local';

/** A name server on port 53 of an own address, and a resolv.conf that names it. */
async function nameServer(): Promise<AsyncDisposable & { host: string; zone: Zone; resolvConf: string }> {
  const host = address();
  const server = new DnsServer({ host, port: 53 });
  const folder = mkdtempSync(join(tmpdir(), 'kdmq-interop-'));
  const resolvConf = join(folder, 'resolv.conf');
  writeFileSync(resolvConf, `nameserver ${host}\nsearch voice.svc.cluster.local cluster.local\noptions ndots:5\n`);
  await server.start();
  return {
    host,
    zone: server.zone,
    resolvConf,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function pods(...hosts: readonly string[]) {
  return hosts.map((host, index) => ({ pod: `sip-${index}`, addresses: [host] }));
}

for (const { version, missing } of kamailioVersions) {
  const print = (what: string, ms: number) => console.info(`Kamailio ${version}: ${what}: ${ms} ms`);

  describe.skipIf(missing || !machineHas('mounts')).concurrent(`discovery by DNS with Kamailio ${version}`, () => {
    it('our node with multi_notify finds all Kamailio nodes of a headless service, later ones too', async () => {
      await using dns = await nameServer();
      await using first = await startKamailio({ version, address: address() });
      await using second = await startKamailio({ version, address: address() });
      dns.zone.setHeadlessService(service, pods(first.address, second.address));
      await using ours = await startNode({
        server_address: `sip:${address()}:5060`,
        notification_address: 'sip:sip',
        multi_notify: true,
        resolv_conf: dns.resolvConf,
      });
      print('both found by DNS', await sees(ours, [first.uri, second.uri]));
      // They did not know each other: our node tells each of the other.
      await kamailioSees(first, activeNodes(ours.uri, second.uri));
      await kamailioSees(second, activeNodes(ours.uri, first.uri));
      await using third = await startKamailio({ version, address: address() });
      dns.zone.setHeadlessService(service, pods(first.address, second.address, third.address));
      print('a third one found by DNS', await sees(ours, [first.uri, second.uri, third.uri]));
      await kamailioSees(third, activeNodes(ours.uri, first.uri, second.uri));
    });

    it('our node without multi_notify asks the first address only', async () => {
      await using dns = await nameServer();
      await using first = await startKamailio({ version, address: address() });
      await using second = await startKamailio({ version, address: address() });
      dns.zone.set(service, 'A', [first.address, second.address]);
      await using ours = await startNode({
        server_address: `sip:${address()}:5060`,
        notification_address: `sip:${service}:5060`,
        resolv_conf: dns.resolvConf,
      });
      await sees(ours, [first.uri]);
      await kamailioSees(first, activeNodes(ours.uri));
      expect(second.seen).toEqual([]);
    });

    it('a Kamailio with multi_notify finds all our nodes', async () => {
      await using dns = await nameServer();
      await using first = await startNode({ server_address: `sip:${address()}:5060` });
      await using second = await startNode({ server_address: `sip:${address()}:5060` });
      dns.zone.set(service, 'A', [first.host, second.host]);
      await using kamailio = await startKamailio({
        version,
        address: address(),
        notificationAddress: `sip:${service}:5060`,
        multiNotify: true,
        resolver: dns.host,
      });
      await kamailioSees(kamailio, activeNodes(first.uri, second.uri));
      // They did not know each other either: the Kamailio's list brings them together.
      await sees(first, [second.uri, kamailio.uri]);
      await sees(second, [first.uri, kamailio.uri]);
    });

    it('a Kamailio without multi_notify finds the first of our nodes', async () => {
      await using dns = await nameServer();
      await using first = await startNode({ server_address: `sip:${address()}:5060` });
      await using second = await startNode({ server_address: `sip:${address()}:5060` });
      dns.zone.set(service, 'A', [first.host]);
      await using kamailio = await startKamailio({
        version,
        address: address(),
        notificationAddress: `sip:${service}:5060`,
        resolver: dns.host,
      });
      // Kamailio keeps the name as a node of its list; only 6.1 sees that it is the same node as the address.
      const rows = version === '6.1' ? [service] : [first.host, service];
      await kamailioSees(kamailio, activeNodes(...rows.map((host) => `sip:${host}:5060`)));
      await sees(first, [kamailio.uri]);
      expect(second.active()).toEqual([]);
      first.listen('news');
      expect(await kamailio.broadcast('news', 'to all')).toBe(200);
      await measured(10_000, () => expect(first.received).toHaveLength(rows.length));
    });

    it('our nodes join two halves of a Kamailio bus that did not know each other', async () => {
      await using dns = await nameServer();
      const start = async (notificationAddress?: string) =>
        startKamailio({ version, address: address(), ...(notificationAddress && { notificationAddress }) });
      await using left = await start();
      await using left2 = await start(left.uri);
      await using right = await start();
      await using right2 = await start(right.uri);
      await kamailioSees(left, activeNodes(left2.uri));
      await kamailioSees(right, activeNodes(right2.uri));
      dns.zone.setHeadlessService(service, pods(left.address, right.address));
      const settings = { notification_address: 'sip:sip', multi_notify: true, resolv_conf: dns.resolvConf };
      await using ours = await startNode({ server_address: `sip:${address()}:5060`, ...settings });
      await using fellow = await startNode({ server_address: `sip:${address()}:5060`, ...settings });
      const kamailios = [left, left2, right, right2];
      const all = [...kamailios.map(({ uri }) => uri), ours.uri, fellow.uri];
      const without = (uri: string) => all.filter((other) => other !== uri);
      print('both halves seen by us', await sees(ours, without(ours.uri)));
      await sees(fellow, without(fellow.uri));
      for (const kamailio of kamailios) {
        print('the other half seen by Kamailio', await kamailioSees(kamailio, activeNodes(...without(kamailio.uri))));
      }
    });

    it.each([
      ['other names', 'user_agent_header="User-Agent: edge-proxy"\nserver_header="Server: edge-proxy"', 'edge-proxy'],
      ['no name', 'server_signature=no', ''],
    ])(
      'a node that says %s in User-Agent and Server is treated with the same care',
      async (_, extraConfig, software) => {
        await using kamailio = await startKamailio({ version, address: address(), extraConfig });
        const ours = await startNode({ server_address: `sip:${address()}:5060`, notification_address: kamailio.uri });
        await using fellow = await startNode({
          server_address: `sip:${address()}:5060`,
          notification_address: ours.uri,
        });
        await sees(ours, [kamailio.uri, fellow.uri]);
        await kamailioSees(kamailio, activeNodes(ours.uri, fellow.uri));
        expect(ours.node.nodes().find(({ uri }) => uri === kamailio.uri)).toMatchObject({ kind: 'other', software });
        await ours.node.stop();
        await kamailioSees(kamailio, { ...activeNodes(fellow.uri), [`${ours.host}:5060`]: 'disabled' }, 2_000);
        const channels = new Set(kamailio.seen.map(({ user }) => user));
        expect(channels).toEqual(new Set(['notification_peer']));
      },
    );
  });
}
