import { describe, expect, it } from 'vitest';
import { startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { sees } from '../waiting.ts';
import { activeNodes, kamailioSees, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);

for (const { version, missing } of kamailioVersions) {
  describe.skipIf(missing)(`who sees whom on a bus with a Kamailio ${version}`, () => {
    it('is said by it too, and nothing is changed in its list by the question', async () => {
      await using kamailio = await startKamailio({ version, address: address() });
      await using one = await startNode({
        server_address: `sip:${address()}:5060`,
        notification_address: kamailio.uri,
      });
      await using two = await startNode({
        server_address: `sip:${address()}:5060`,
        notification_address: kamailio.uri,
      });
      await sees(one, [two.uri, kamailio.uri]);
      await kamailioSees(kamailio, activeNodes(one.uri, two.uri));
      const said = (await one.node.views()).find(({ kind }) => kind === 'kamailio');
      expect(said).toMatchObject({ uri: kamailio.uri, local: false, partial: false, roundTripMs: expect.any(Number) });
      const all = [one.uri, two.uri, kamailio.uri].map((uri) => ({ uri, status: 'active' }));
      expect(said?.nodes?.toSorted((a, b) => (a.uri < b.uri ? -1 : 1))).toEqual(
        all.toSorted((a, b) => (a.uri < b.uri ? -1 : 1)),
      );
      expect(await kamailio.others()).toEqual(activeNodes(one.uri, two.uri));
    });

    it('is not known of it while it does not answer', async () => {
      await using kamailio = await startKamailio({ version, address: address() });
      await using node = await startNode({
        server_address: `sip:${address()}:5060`,
        notification_address: kamailio.uri,
      });
      await sees(node, [kamailio.uri]);
      kamailio.freeze();
      const begun = performance.now();
      const said = (await node.node.views()).find(({ kind }) => kind === 'kamailio');
      expect(said).toMatchObject({ uri: kamailio.uri, nodes: undefined, error: 'timeout' });
      expect(performance.now() - begun).toBeLessThan(4_000);
    });
  });
}
