import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DnsServer } from '../../dns/dns-server.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { startNode } from '../../running-node.ts';
import { doctor } from './doctor-run.ts';

const address = await loopbackAddresses(import.meta.filename);
const service = 'kdmq.voice.svc.cluster.local';

it('kdmq doctor says what to do about a name of which a part could not be asked', { timeout: 60_000 }, async () => {
  await using node = await startNode({ server_address: `sip:${address()}:5060` });
  const server = new DnsServer({ host: address() });
  await server.start();
  onTestFinished(() => server.stop());
  server.zone.set(service, 'A', [node.host]);
  server.fail({ kind: 'servfail' }, { type: 'AAAA' });
  const folder = mkdtempSync(join(tmpdir(), 'kdmq-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'resolv.conf');
  writeFileSync(file, `nameserver [${server.address.replace(':', ']:')}\noptions timeout:1 attempts:1\n`);
  const names = ['--notification-address', `sip:${service}:5060`, '--multi-notify', '--resolv-conf', file];
  const { of } = await doctor(['--server-address', node.uri, ...names]);
  expect(of('names')).toEqual([
    {
      check: 'names',
      level: 'warning',
      what: expect.stringMatching(/leads to 1 address \(AAAA .*\)$/),
      next: `What did not answer may name more nodes: ask it with dig, and look at the name servers of ${file}.`,
    },
  ]);
});
