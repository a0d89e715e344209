import { describe, expect, it } from 'vitest';
import { startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';
import { activeNodes, answersNotification, kamailioSees, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);

for (const { version, missing } of kamailioVersions) {
  describe.skipIf(missing).concurrent(`a Kamailio ${version} beside a node that comes and goes`, () => {
    it('is not stuck after 100 restarts in a row', async () => {
      await using kamailio = await startKamailio({ version, address: address() });
      const settings = { server_address: `sip:${address()}:5060`, notification_address: kamailio.uri };
      const line = `${settings.server_address};status=active`;
      const start = performance.now();
      for (let life = 1; life <= 100; life++) {
        kamailio.seen.length = 0;
        await using node = await startNode(settings);
        await measured(20_000, () => expect(kamailio.seen.some(({ body }) => body.includes(line))).toBe(true));
        expect(node.active()).toEqual([kamailio.uri]);
      }
      console.info(`Kamailio ${version}: 100 restarts: ${Math.round(performance.now() - start)} ms`);
      expect(await answersNotification(kamailio, address())).toBe(true);
      await using last = await startNode(settings);
      await sees(last, [kamailio.uri]);
      await kamailioSees(kamailio, activeNodes(last.uri));
    });
  });
}
