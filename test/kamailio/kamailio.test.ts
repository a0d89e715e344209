import { fork } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { DnsServer } from '../dns/dns-server.ts';
import { loopbackAddresses } from '../loopback.ts';
import { machineHas } from '../machine.ts';
import { type Kamailio, startKamailio } from './kamailio.ts';

const address = await loopbackAddresses(import.meta.filename);

const sees = (kamailio: Kamailio, others: Record<string, string>, timeout = 15_000) =>
  vi.waitFor(async () => expect(await kamailio.others()).toEqual(others), { timeout, interval: 50 });

const versions = ['5.6', '6.1'] as const;

for (const version of versions) {
  describe.skipIf(!machineHas(`kamailio-${version}`))(`a Kamailio ${version} of the tests`, () => {
    it.each(['udp', 'tcp'] as const)('is on one bus by %s', async (transport) => {
      await using first = await startKamailio({ version, address: address(), transport });
      const options = { version, address: address(), transport, notificationAddress: first.uri };
      await using second = await startKamailio(options);
      await sees(first, { [`${second.address}:5060`]: 'active' });
      await sees(second, { [`${first.address}:5060`]: 'active' });
      const ping = await second.waitForRequest(({ user }) => user === 'notification_peer');
      expect(ping).toMatchObject({ method: 'KDMQ', from: first.uri.replace('sip:', 'sip:notification_peer@') });
      expect(ping.source).toMatchObject({ address: first.address, transport });
      expect(ping.contentType).toBe('text/plain');
    });

    it('sends, broadcasts and replicates when its script is told to', async () => {
      await using first = await startKamailio({ version, address: address() });
      await using second = await startKamailio({ version, address: address(), notificationAddress: first.uri });
      await sees(first, { [`${second.address}:5060`]: 'active' });

      expect(await first.broadcast('news', 'to all | of\r\nyou \u00e4', 'text/x-news')).toBe(200);
      const news = await second.waitForRequest(({ user }) => user === 'news');
      expect(news).toMatchObject({ method: 'KDMQ', fromNode: true, maxForwards: 1, contentType: 'text/x-news' });
      expect(news.body.toString()).toBe('to all | of\r\nyou \u00e4');

      expect(await first.send(second.uri, 'letter', 'to you')).toBe(200);
      const letter = await second.waitForRequest(({ user }) => user === 'letter');
      expect(letter.body.toString()).toBe('to you');

      expect(await first.setTable('key', 'value')).toBe(200);
      await vi.waitFor(async () => expect(await second.table()).toEqual({ key: 'value' }), { timeout: 10_000 });

      expect(await first.replicate('alice')).toBe(200);
      const copy = await second.waitForRequest(({ method }) => method === 'REGISTER');
      expect(copy).toMatchObject({ user: 'alice', fromNode: true });
    });

    it.skipIf(!machineHas('mounts'))('asks the name server that it is given, and it alone is asked', async () => {
      await using first = await startKamailio({ version, address: address() });
      const nameServer = address();
      const server = new DnsServer({ host: nameServer, port: 53 });
      await server.start();
      try {
        server.zone.set('bus.example', 'A', [first.address]);
        await using second = await startKamailio({
          version,
          address: address(),
          notificationAddress: 'sip:bus.example:5060',
          multiNotify: true,
          resolver: nameServer,
        });
        await sees(first, { [`${second.address}:5060`]: 'active' });
        expect(server.count({ name: 'bus.example' })).toBeGreaterThan(0);
      } finally {
        await server.stop();
      }
    });

    it('does not outlive a test run that is killed', async () => {
      const own = address();
      const run = fork(new URL('./start-and-hang.ts', import.meta.url), [version, own]);
      const [pid] = (await once(run, 'message')) as [number];
      expect(() => process.kill(pid, 0)).not.toThrow();
      run.kill('SIGKILL');
      await vi.waitFor(() => expect(() => process.kill(-pid, 0)).toThrow('ESRCH'), { timeout: 10_000 });
    });

    it('says with its log why it did not start', async () => {
      const options = { version, address: address(), extraConfig: 'loadmodule "no_such_module.so"' };
      await expect(startKamailio(options)).rejects.toThrow('no_such_module');
    });
  });
}

// Side by side: both mostly wait for pings to fail.
describe.concurrent('beside another of its version', () => {
  for (const version of versions) {
    it.skipIf(!machineHas(`kamailio-${version}`))(
      `a Kamailio ${version} is killed, frozen and started again, and the other one sees it`,
      async () => {
        await using first = await startKamailio({ version, address: address() });
        await using second = await startKamailio({ version, address: address(), notificationAddress: first.uri });
        const node = `${second.address}:5060`;
        await sees(first, { [node]: 'active' });
        second.freeze();
        await sees(first, { [node]: 'disabled' });
        second.thaw();
        await sees(first, { [node]: 'active' });
        await second.kill();
        expect(second.running).toBe(false);
        await sees(first, { [node]: 'disabled' });
        await second.start();
        await sees(first, { [node]: 'active' });
        expect(await second.stop()).toBe(true);
        expect(second.running).toBe(false);
      },
    );
  }
});
