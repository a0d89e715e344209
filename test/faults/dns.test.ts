import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DnsServer } from '../dns/dns-server.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';

const address = await loopbackAddresses(import.meta.filename);
const service = 'kdmq.voice.svc.cluster.local';

/** Three nodes that found each other by a name server that the test can break. */
async function busByDns() {
  const stack = new AsyncDisposableStack();
  const server = new DnsServer({ host: address() });
  await server.start();
  stack.defer(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'kdmq-faults-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const resolv_conf = join(folder, 'resolv.conf');
  writeFileSync(resolv_conf, `nameserver [${server.address.replace(':', ']:')}\noptions timeout:1 attempts:1\n`);
  const settings = { notification_address: `sip:${service}:5060`, multi_notify: true, resolv_conf };
  const hosts = [address(), address(), address()];
  server.zone.set(service, 'A', hosts);
  const start = async (host: string) => stack.use(await startNode({ server_address: `sip:${host}:5060`, ...settings }));
  const nodes = await Promise.all(hosts.map(start));
  const uris = nodes.map(({ uri }) => uri);
  for (const node of nodes)
    await sees(
      node,
      uris.filter((uri) => uri !== node.uri),
    );
  return { server, nodes, uris, hosts, start, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

type Bus = Awaited<ReturnType<typeof busByDns>>;

const faults: [string, (bus: Bus) => void][] = [
  ['SERVFAIL', ({ server }) => server.fail({ kind: 'servfail' })],
  ['NXDOMAIN', ({ server }) => server.fail({ kind: 'nxdomain' })],
  ['silence', ({ server }) => server.fail({ kind: 'silence' })],
  ['an answer without addresses', ({ server }) => server.fail({ kind: 'nodata' })],
  ['a dead address alone', ({ server }) => server.zone.set(service, 'A', [address()])],
  [
    '300 addresses',
    ({ server }) =>
      server.zone.set(
        service,
        'A',
        Array.from({ length: 300 }, () => address()),
      ),
  ],
];

describe.concurrent('while DNS answers with', () => {
  it.each(faults)('%s nobody is evicted, and a newcomer is found when it is right again', async (_, breakIt) => {
    await using bus = await busByDns();
    breakIt(bus);
    bus.server.resetCounts();
    // Every node has asked at least once, most of them twice.
    await measured(30_000, () => expect(bus.server.count({ name: service, type: 'A' })).toBeGreaterThanOrEqual(6));
    for (const { events, uri, active } of bus.nodes.map((node) => ({
      events: node.events,
      uri: node.uri,
      active: node.active(),
    }))) {
      expect(events.filter(({ transition }) => transition !== 'joined')).toEqual([]);
      expect(active).toEqual(bus.uris.filter((other) => other !== uri).sort());
    }
    bus.server.heal();
    const newcomer = address();
    bus.server.zone.set(service, 'A', [...bus.hosts, newcomer]);
    const late = await bus.start(newcomer);
    await sees(late, bus.uris);
    for (const node of bus.nodes) await sees(node, [...bus.uris.filter((uri) => uri !== node.uri), late.uri]);
  });
});
