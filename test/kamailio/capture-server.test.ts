import { expect, it } from 'vitest';
import { kamailioVersions } from '../interop/kamailio-versions.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { startKamailio } from './kamailio.ts';

const address = await loopbackAddresses(import.meta.filename);
/** The module wants a database, and with these settings writes nothing into it. */
const capture = [
  'loadmodule "db_text.so"',
  'loadmodule "sipcapture.so"',
  'modparam("sipcapture", "hep_capture_on", 1)',
  'modparam("sipcapture", "db_url", "text:///tmp")',
];

for (const { version, missing } of kamailioVersions) {
  it.skipIf(missing)(`Kamailio ${version} as a capture server sees who sent what to a node`, async () => {
    await using server = await startKamailio({ version, address: address(), extraConfig: capture.join('\n') });
    await using traced = await startNode({
      server_address: `sip:${address()}:5060`,
      duplicate_uri: `sip:${server.address}:${server.port}`,
    });
    await using other = await startNode({ server_address: `sip:${address()}:5060` });
    const body = 'hello';
    await other.node.sendMessage('greetings', traced.uri, body, { contentType: 'text/plain' });
    const seen = () => server.seen.find(({ user }) => user === 'greetings');
    await expect.poll(seen, { timeout: 20_000 }).toBeDefined();
    expect(seen()).toMatchObject({
      method: 'KDMQ',
      from: `sip:greetings@${other.host}:5060`,
      source: { transport: 'udp', address: other.host, port: 5060 },
      contentType: 'text/plain',
    });
    expect(Buffer.from(seen()!.body).toString()).toBe(body);
  });
}
