import { describe, expect, it } from 'vitest';
import { type Kamailio, startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';
import { answersNotification, kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);
const crowd = 60;
/** In seconds. All these nodes share one process, on a machine that may be busy: they give one another time. */
const probeInterval = 5;

/** What Kamailio's own list takes as it writes it, itself and the active ones; it stops answering when that is over 1,024 bytes. */
async function listBytes(kamailio: Kamailio): Promise<number> {
  const rows = (await kamailio.listNodes()).filter(({ status, local }) => status === 'active' || local === 1);
  return rows.reduce((sum, { host, port }) => sum + `sip:${host}:${port};status=active\r\n`.length, 0);
}

async function activeCount(kamailio: Kamailio): Promise<number> {
  return Object.values(await kamailio.others()).filter((status) => status === 'active').length;
}

describe.skipIf(kamailioVersions.every(({ missing }) => missing))('60 of our nodes', () => {
  // The process that all of them share may get a fifth of a core: then what takes seconds takes a minute.
  it('come all at once beside Kamailio nodes that know nobody, and these go on answering', {
    timeout: 400_000,
  }, async () => {
    await using stack = new AsyncDisposableStack();
    const kamailios: Kamailio[] = [];
    for (const { version, missing } of kamailioVersions) {
      if (!missing) kamailios.push(stack.use(await startKamailio({ version, address: address() })));
    }
    const start = performance.now();
    const nodes = await Promise.all(
      Array.from({ length: crowd }, async () => {
        const settings = { notification_address: kamailios.map(({ uri }) => uri), probe_interval: probeInterval };
        return stack.use(await startNode({ server_address: `sip:${address()}:5060`, ...settings }));
      }),
    );
    const all = [...kamailios, ...nodes].map(({ uri }) => uri);
    for (const node of nodes)
      await sees(
        node,
        all.filter((uri) => uri !== node.uri),
        180_000,
      );
    console.info(
      `${crowd} nodes and ${kamailios.length} Kamailios: all see all: ${Math.round(performance.now() - start)} ms`,
    );

    for (const kamailio of kamailios) {
      const enough = kamailio.seen.length + 3 * (await activeCount(kamailio));
      await measured(60_000, () => expect(kamailio.seen.length).toBeGreaterThan(enough));
      expect(await answersNotification(kamailio, address())).toBe(true);
      // Sixty nodes that share a busy process may all name themselves in one moment: the Kamailio is silent until some have gone again.
      await measured(60_000, async () => expect(await activeCount(kamailio)).toBeGreaterThan(15));
      const [bytes, told] = [await listBytes(kamailio), await activeCount(kamailio)];
      console.info(`Kamailio ${kamailio.version}: holds ${told} of them, its list takes ${bytes} bytes`);
      expect(bytes).toBeLessThanOrEqual(1_024);
    }
    for (const node of nodes) {
      // Sixty nodes in one process can lose one for a moment; which, and why, is said here.
      const missing = all.filter((uri) => uri !== node.uri && !node.active().includes(uri));
      const why = node.log.lines.filter(({ fields }) => missing.includes(String(fields.node)));
      if (missing.length > 0) console.info(`${node.uri} does not list ${missing}: ${JSON.stringify(why)}`);
      await sees(
        node,
        all.filter((uri) => uri !== node.uri),
        30_000,
      );
    }
    const deliveries = await nodes[crowd - 1]!.node.broadcastMessage('news', 'to all');
    // Nobody has a peer on that channel: each answers 404, and so has got it.
    expect(deliveries.map(({ code }) => code)).toEqual(Array(all.length - 1).fill(404));
  });
});
