import { describe, expect, it } from 'vitest';
import { type Kamailio, startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';
import { activeNodes, kamailioSees, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);

for (const { version, missing } of kamailioVersions) {
  describe.skipIf(missing)(`two of our nodes on one IP address beside a Kamailio ${version}`, () => {
    it('the goodbye of the younger leaves the elder in its list', async () => {
      await using kamailio = await startKamailio({ version, address: address() });
      const host = address();
      await using elder = await startNode({
        server_address: `sip:${host}:5060`,
        notification_address: kamailio.uri,
      });
      await kamailioSees(kamailio, activeNodes(elder.uri));
      const younger = await startNode({ server_address: `sip:${host}:5070`, notification_address: elder.uri });
      await sees(younger, [elder.uri, kamailio.uri]);
      // Both ping each second: the younger has named itself by then where it does so at all.
      await pings(kamailio, elder.uri, 3);
      await younger.node.stop();
      expect(await kamailio.others()).toMatchObject(activeNodes(elder.uri));
    });
  });
}

/** Waits for so many more requests of a node at a Kamailio. */
async function pings({ seen }: Kamailio, uri: string, count: number): Promise<void> {
  const before = seen.length;
  const node = uri.replace(/^sip:/, '');
  const more = () => seen.slice(before).filter(({ from }) => from.includes(node)).length;
  await measured(20_000, () => expect(more()).toBeGreaterThanOrEqual(count));
}
