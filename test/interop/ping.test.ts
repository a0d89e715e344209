import { describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.ts';
import { startKamailio } from '../kamailio/kamailio.ts';
import { loopbackAddresses } from '../loopback.ts';
import { kamailioVersions } from './kamailio-versions.ts';

const address = await loopbackAddresses(import.meta.filename);

for (const { version, missing } of kamailioVersions) {
  describe.skipIf(missing)(`kdmq ping and a Kamailio ${version}`, () => {
    it.each(['udp', 'tcp'] as const)('is answered by %s, and leaves no trace in its list', async (transport) => {
      await using kamailio = await startKamailio({ version, address: address(), transport });
      const { code, output } = await runCommand(['ping', kamailio.uri, '-n', '2', '-i', '0.1', '-o', 'json']);
      expect(code).toBe(0);
      expect(JSON.parse(output)).toMatchObject({
        nodes: [
          {
            uri: kamailio.uri,
            answered: 2,
            kind: 'kamailio',
            software: expect.stringMatching(version === '5.6' ? /5\.6/ : /6\.1/),
            nodes: [{ uri: kamailio.uri, status: 'active' }],
          },
        ],
      });
      expect(await kamailio.others()).toEqual({});
      const asked = kamailio.seen.filter(({ method }) => method === 'KDMQ');
      expect(asked.map(({ user, body }) => [user, body.length])).toEqual([
        ['notification_peer', 0],
        ['notification_peer', 0],
      ]);
    });
  });
}
