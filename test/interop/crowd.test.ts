import { describe, expect, it } from 'vitest';
import { type Kamailio, startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';
import { answersNotification, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);

/** What Kamailio's own list takes as it writes it; it stops answering when that is more than 1,024 bytes. */
async function listBytes(kamailio: Kamailio): Promise<number> {
  const rows = await kamailio.listNodes();
  return rows.reduce((sum, { host, port, status }) => sum + `sip:${host}:${port};status=${status}\r\n`.length, 0);
}

for (const { version, missing } of kamailioVersions) {
  describe.skipIf(missing)(`a Kamailio ${version} beside many of our nodes`, () => {
    it('stands 60 of them, for as many pings as in a minute', async () => {
      await using stack = new AsyncDisposableStack();
      const kamailio = stack.use(await startKamailio({ version, address: address() }));
      const nodes = await Promise.all(
        Array.from({ length: 60 }, async () => {
          const uri = `sip:${address()}:5060`;
          return stack.use(
            await startNode({ server_address: uri, notification_address: kamailio.uri, probe_interval: 5 }),
          );
        }),
      );
      const all = [kamailio.uri, ...nodes.map(({ uri }) => uri)];
      const start = performance.now();
      for (const node of nodes)
        await sees(
          node,
          all.filter((uri) => uri !== node.uri),
          40_000,
        );
      console.info(`Kamailio ${version}: 60 nodes see all: ${Math.round(performance.now() - start)} ms`);

      const active = async () => Object.values(await kamailio.others()).filter((status) => status === 'active').length;
      const enough = kamailio.seen.length + 6 * (await active());
      await measured(40_000, () => expect(kamailio.seen.length).toBeGreaterThan(enough));
      expect(await answersNotification(kamailio, address())).toBe(true);
      const bytes = await listBytes(kamailio);
      const told = await active();
      console.info(`Kamailio ${version}: told of ${told} nodes, its list takes ${bytes} bytes`);
      expect(bytes).toBeLessThan(1_024);
      expect(told).toBeGreaterThan(15);
      for (const node of nodes) expect(node.active()).toHaveLength(60);
      const deliveries = await nodes[59]!.node.broadcastMessage('news', 'to all');
      expect(deliveries.filter(({ code }) => code === 404)).toHaveLength(60);
    });
  });
}
