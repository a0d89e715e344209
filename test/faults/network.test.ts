import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Agent, startAgentInOwnNetwork } from '../agent/start-agent.ts';
import { machineHas } from '../machine.ts';
import { measured, sees } from '../waiting.ts';
import { kdmq } from './exchange.ts';

/** Every test has a network of its own, so the addresses may be the same in each. */
const left = ['127.1.0.1', '127.1.0.2', '127.1.0.3'];
const right = ['127.2.0.1', '127.2.0.2', '127.2.0.3'];
const uri = (host: string) => `sip:${host}:5060`;
const without = (hosts: readonly string[], host: string) => hosts.filter((other) => other !== host).map(uri);

async function startBus(agent: Agent, hosts: readonly string[], settings: object = {}) {
  const nodes = await Promise.all(
    hosts.map(async (host) => {
      const notification_address = uri(hosts[0]!);
      const node = await agent.startNode({ server_address: uri(host), notification_address, ...settings });
      return { host, node };
    }),
  );
  for (const { host, node } of nodes) await sees(node, without(hosts, host));
  return nodes;
}

const partition = ['-s 127.1.0.0/16 -d 127.2.0.0/16', '-s 127.2.0.0/16 -d 127.1.0.0/16'];

describe.skipIf(!machineHas('networks')).concurrent('in a network', () => {
  it('where a machine falls silent the others know it within 5 s or little more', async () => {
    await using agent = await startAgentInOwnNetwork();
    const nodes = await startBus(agent, left);
    await agent.command('iptables -A INPUT -s 127.1.0.3 -j DROP');
    await agent.command('iptables -A INPUT -d 127.1.0.3 -j DROP');
    const silent = performance.now();
    for (const { host, node } of nodes.slice(0, 2)) await sees(node, without(left.slice(0, 2), host));
    const took = Math.round(performance.now() - silent);
    console.info(`a silent machine, out of the broadcasts: ${took} ms`);
    expect(took).toBeLessThan(8_000);
  });

  it('that is parted for longer than it takes to evict, and heals, the parts are one again within 15 s', async () => {
    await using agent = await startAgentInOwnNetwork();
    const all = [...left, ...right];
    const nodes = await startBus(agent, all);
    for (const rule of partition) await agent.command(`iptables -A INPUT ${rule} -j DROP`);
    for (const { host, node } of nodes) await sees(node, without(left.includes(host) ? left : right, host));
    await pause(5_000);
    await agent.command('iptables -F');
    const healed = performance.now();
    for (const { host, node } of nodes) await sees(node, without(all, host));
    const took = Math.round(performance.now() - healed);
    console.info(`partition healed, one bus again: ${took} ms`);
    expect(took).toBeLessThan(15_000);
  });

  it.skipIf(!machineHas('kamailio-5.6', 'kamailio-6.1', 'mounts'))(
    'that is parted and heals, our nodes join the Kamailios of both parts, which found each other by DNS',
    async () => {
      await using agent = await startAgentInOwnNetwork();
      const resolver = '127.0.0.53';
      const dns = await agent.startNameServer(resolver);
      const hosts = ['127.1.0.10', '127.2.0.10'] as const;
      await dns.setAddresses('sip.voice.svc.cluster.local', hosts);
      const notificationAddress = uri('sip.voice.svc.cluster.local');
      const options = { notificationAddress, multiNotify: true, resolver };
      const older = await agent.startKamailio({ version: '5.6', address: hosts[0], ...options });
      const newer = await agent.startKamailio({ version: '6.1', address: hosts[1], ...options });
      const ours = ['127.1.0.1', '127.2.0.1'];
      const nodes = await Promise.all(
        ours.map((host, side) =>
          agent.startNode({ server_address: uri(host), notification_address: uri(hosts[side]!) }),
        ),
      );
      const others = (...names: string[]) => Object.fromEntries(names.map((host) => [`${host}:5060`, 'active']));
      const joined = async () => {
        await sees(nodes[0]!, [uri(ours[1]!), ...hosts.map(uri)]);
        await sees(nodes[1]!, [uri(ours[0]!), ...hosts.map(uri)]);
        await measured(20_000, async () => expect(await older.others()).toEqual(others(hosts[1], ...ours)));
        await measured(20_000, async () => expect(await newer.others()).toEqual(others(hosts[0], ...ours)));
      };
      await joined();
      for (const rule of partition) await agent.command(`iptables -A INPUT ${rule} -j DROP`);
      await measured(40_000, async () => expect(await older.others()).toEqual(others(ours[0]!)));
      await measured(40_000, async () => expect(await newer.others()).toEqual(others(ours[1]!)));
      await agent.command('iptables -F');
      const healed = performance.now();
      await joined();
      const took = Math.round(performance.now() - healed);
      console.info(`partition of two Kamailio parts healed, all lists full: ${took} ms`);
      expect(took).toBeLessThan(15_000);
    },
  );

  it('that loses 30% one way for a minute nobody is evicted', async () => {
    await using agent = await startAgentInOwnNetwork();
    const nodes = await startBus(agent, [...left, '127.1.0.4'], { probe_interval: 0.5 });
    await agent.command('iptables -A INPUT -d 127.1.0.2 -m statistic --mode random --probability 0.3 -j DROP');
    await pause(60_000);
    let suspicions = 0;
    for (const { node } of nodes) {
      const events = await node.events();
      suspicions += events.filter(({ transition }) => transition === 'suspected').length;
      expect(events.filter(({ transition }) => transition === 'died')).toEqual([]);
    }
    const rule = await agent.command('iptables -L INPUT -v -n -x');
    const lost = Number(/^\s*(\d+)\s+\d+\s+DROP/m.exec(rule)?.[1]);
    console.info(`30% loss one way for 60 s: ${lost} packets lost, ${suspicions} suspicions, nobody evicted`);
    expect(lost).toBeGreaterThan(50);
  });

  it('a stranger from a public address is refused, and gets less than it sent', async () => {
    await using agent = await startAgentInOwnNetwork();
    const stranger = '11.22.33.44'; // nothing leaves this network
    for (const address of [stranger, '10.9.9.9']) await agent.command(`ip addr add ${address}/32 dev lo`);
    const node = await agent.startNode({ server_address: uri('127.1.0.1') });
    const machine = await agent.machine();
    const list = `sip:${stranger}:5060;status=active\r\nsip:11.22.33.99:5060;status=active\r\n`;
    const message = kdmq(stranger, '127.1.0.1', 'notification_peer', list, 70);
    const [reply = ''] = await machine.exchange({ from: stranger, to: '127.1.0.1', message });
    expect(reply).toMatch(/^SIP\/2\.0 403 /);
    expect(reply.length).toBeLessThanOrEqual(message.length);
    expect(reply).not.toContain('status=');
    expect(await node.counter('messages_refused', 'stranger')).toBe(1);
    // From a private address the same is answered.
    const inside = kdmq('10.9.9.9', '127.1.0.1', 'notification_peer', '');
    expect((await machine.exchange({ from: '10.9.9.9', to: '127.1.0.1', message: inside }))[0]).toMatch(
      /^SIP\/2\.0 200 /,
    );
    expect(await node.others()).toEqual({});
  });

  it('with an MTU of 1,500 large bodies go by TCP between our nodes, and in fragments to a node that has no TCP', async () => {
    await using agent = await startAgentInOwnNetwork();
    await agent.command('ip link set lo mtu 1500');
    const [first, second] = await startBus(agent, left.slice(0, 2));
    const third = await agent.startNode({
      server_address: uri('127.1.0.3'),
      listen: 'udp:127.1.0.3:5060',
      notification_address: uri('127.1.0.1'),
    });
    await sees(first!.node, without(left, '127.1.0.1'));
    for (const node of [second!.node, third]) await node.listen('big');
    const body = 'kdmq '.repeat(11_000);
    expect(await first!.node.broadcast('big', body)).toEqual({ '127.1.0.2': 202, '127.1.0.3': 202 });
    expect(await second!.node.carriers('big')).toEqual(['tcp']);
    expect(await third.carriers('big')).toEqual(['udp']);
    expect(await third.bodies('big')).toEqual([body]);
    expect(await second!.node.bodies('big')).toEqual([body]);
  });
});
