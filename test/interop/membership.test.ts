import { describe, expect, it } from 'vitest';
import { startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { sees } from '../waiting.ts';
import { activeNodes, hostPort, kamailioSees, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);

for (const { version, missing } of kamailioVersions) {
  for (const transport of ['udp', 'tcp'] as const) {
    const uriOf = (host: string) => `sip:${host}:5060${transport === 'tcp' ? ';transport=tcp' : ''}`;
    const print = (what: string, ms: number) => console.info(`Kamailio ${version} ${transport}: ${what}: ${ms} ms`);

    describe.skipIf(missing).concurrent(`our nodes and a Kamailio ${version} by ${transport}`, () => {
      it('have the same list when our node has the Kamailio as its notification address', async () => {
        await using kamailio = await startKamailio({ version, address: address(), transport });
        await using ours = await startNode({ server_address: uriOf(address()), notification_address: kamailio.uri });
        print('join, seen by us', await sees(ours, [kamailio.uri]));
        await kamailioSees(kamailio, activeNodes(ours.uri));
        expect(ours.node.nodes()[1]).toMatchObject({ kind: 'kamailio', transport, host: kamailio.address });
        const rows = await kamailio.listNodes();
        const row = rows.find(({ host }) => host === ours.host);
        expect(row).toMatchObject({ port: '5060', local: 0 });
        if (transport === 'tcp') expect(row?.proto).toBe('tcp');
      });

      it('have the same list when the Kamailio has our node as its notification address', async () => {
        await using ours = await startNode({ server_address: uriOf(address()) });
        const options = { version, address: address(), transport, notificationAddress: ours.uri };
        await using kamailio = await startKamailio(options);
        print('join of Kamailio, seen by us', await sees(ours, [kamailio.uri]));
        await kamailioSees(kamailio, activeNodes(ours.uri));
      });

      it('find each other through one that all know', async () => {
        await using first = await startNode({ server_address: uriOf(address()) });
        await using kamailio = await startKamailio({
          version,
          address: address(),
          transport,
          notificationAddress: first.uri,
        });
        await using second = await startNode({ server_address: uriOf(address()), notification_address: first.uri });
        await using other = await startKamailio({
          version,
          address: address(),
          transport,
          notificationAddress: kamailio.uri,
        });
        await sees(first, [second.uri, kamailio.uri, other.uri]);
        await sees(second, [first.uri, kamailio.uri, other.uri]);
        await kamailioSees(kamailio, activeNodes(first.uri, second.uri, other.uri));
        await kamailioSees(other, activeNodes(first.uri, second.uri, kamailio.uri));
      });

      it('see a clean stop of our node at once, and the same address coming back', async () => {
        await using kamailio = await startKamailio({ version, address: address(), transport });
        const settings = { server_address: uriOf(address()), notification_address: kamailio.uri };
        const node = hostPort(settings.server_address);
        {
          await using ours = await startNode(settings);
          await sees(ours, [kamailio.uri]);
          await kamailioSees(kamailio, { [node]: 'active' });
        }
        print('goodbye, seen by Kamailio', await kamailioSees(kamailio, { [node]: 'disabled' }, 2_000));
        await using again = await startNode(settings);
        await sees(again, [kamailio.uri]);
        print('same address back, seen by Kamailio', await kamailioSees(kamailio, { [node]: 'active' }));
      });

      it('see that a Kamailio was killed, and that it came back', async () => {
        await using kamailio = await startKamailio({ version, address: address(), transport });
        await using ours = await startNode({ server_address: uriOf(address()), notification_address: kamailio.uri });
        await using fellow = await startNode({ server_address: uriOf(address()), notification_address: ours.uri });
        await sees(ours, [fellow.uri, kamailio.uri]);
        await sees(fellow, [ours.uri, kamailio.uri]);
        await kamailio.kill();
        print('kill -9 of Kamailio, seen by us', await sees(ours, [fellow.uri], 15_000));
        await sees(fellow, [ours.uri], 15_000);
        await kamailio.start();
        print('Kamailio back, seen by us', await sees(ours, [fellow.uri, kamailio.uri], 15_000));
        await sees(fellow, [ours.uri, kamailio.uri], 15_000);
        await kamailioSees(kamailio, activeNodes(ours.uri, fellow.uri));
      });

      it('see that a Kamailio was stopped', async () => {
        await using kamailio = await startKamailio({ version, address: address(), transport });
        await using ours = await startNode({ server_address: uriOf(address()), notification_address: kamailio.uri });
        await sees(ours, [kamailio.uri]);
        expect(await kamailio.stop()).toBe(true);
        print('stop of Kamailio, seen by us', await sees(ours, [], 15_000));
      });

      it('tell a Kamailio that our node leaves, whoever it heard of it from', async () => {
        await using first = await startNode({ server_address: uriOf(address()) });
        const options = { version, address: address(), transport, notificationAddress: first.uri };
        await using kamailio = await startKamailio(options);
        await sees(first, [kamailio.uri]);
        const second = await startNode({ server_address: uriOf(address()), notification_address: first.uri });
        await sees(second, [first.uri, kamailio.uri]);
        await kamailioSees(kamailio, activeNodes(first.uri, second.uri));
        await second.node.stop();
        await kamailioSees(kamailio, { [hostPort(first.uri)]: 'active', [hostPort(second.uri)]: 'disabled' }, 2_000);
        await sees(first, [kamailio.uri], 2_000);
      });
    });
  }
}
