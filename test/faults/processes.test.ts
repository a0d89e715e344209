import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Agent } from '../agent/start-agent.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';

const address = await loopbackAddresses(import.meta.filename);
const uri = () => `sip:${address()}:5060`;

/** `count` nodes in this process and one in a process of its own, all on one bus. */
async function busWithOneApart(count: number) {
  const stack = new AsyncDisposableStack();
  const first = stack.use(await startNode({ server_address: uri() }));
  const settings = { notification_address: first.uri };
  const others = await Promise.all(
    Array.from({ length: count - 1 }, async () => stack.use(await startNode({ server_address: uri(), ...settings }))),
  );
  const nodes = [first, ...others];
  const agent = stack.use(await Agent.start([]));
  const apartUri = uri();
  const apart = await agent.startNode({ server_address: apartUri, ...settings });
  const all = [...nodes.map((node) => node.uri), apartUri];
  const seeAll = async () => {
    for (const node of nodes)
      await sees(
        node,
        all.filter((other) => other !== node.uri),
      );
    await sees(
      apart,
      all.filter((other) => other !== apartUri),
    );
  };
  await seeAll();
  return { nodes, agent, apart, apartUri, settings, seeAll, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe.concurrent('a process', () => {
  it('that is killed is out of the broadcasts of all others within a second or so', async () => {
    await using bus = await busWithOneApart(6);
    const killedAt = performance.now();
    bus.agent.process.signal('SIGKILL');
    await measured(10_000, () => {
      for (const { node } of bus.nodes)
        expect(node.nodes().find(({ uri }) => uri === bus.apartUri)?.status).not.toBe('active');
    });
    const died = bus.nodes.map(
      ({ events }) => events.find(({ transition, uri }) => transition === 'died' && uri === bus.apartUri)!,
    );
    const last = Math.max(...died.map(({ at }) => at)) - killedAt;
    console.info(`kill -9, out of the broadcasts of 6 nodes: ${Math.round(last)} ms`);
    expect(last).toBeLessThan(5_000);
    // The others have lost nobody.
    for (const { events } of bus.nodes)
      expect(events.filter(({ transition }) => transition === 'died')).toHaveLength(1);
  });

  it('that is stopped for 10 s and goes on is back, and has evicted nobody itself', async () => {
    await using bus = await busWithOneApart(4);
    bus.agent.process.signal('SIGSTOP');
    for (const node of bus.nodes)
      await sees(
        node,
        bus.nodes.map((other) => other.uri).filter((other) => other !== node.uri),
      );
    await pause(10_000 - 5_000);
    bus.agent.process.signal('SIGCONT');
    const start = performance.now();
    await bus.seeAll();
    console.info(`back after SIGSTOP and SIGCONT: ${Math.round(performance.now() - start)} ms`);
    const evictions = (await bus.apart.events()).filter(({ transition }) => transition === 'died');
    expect(evictions).toEqual([]);
  });

  it('that takes over the address of a dead one is the node there, though its clock is behind', async () => {
    await using bus = await busWithOneApart(4);
    await bus.agent.process.kill();
    await using next = await Agent.start(['env', 'KDMQ_TEST_CLOCK_MS=-3600000']);
    const again = await next.startNode({ server_address: bus.apartUri, ...bus.settings });
    const all = bus.nodes.map((node) => node.uri);
    await sees(again, all);
    for (const node of bus.nodes) await sees(node, [...all.filter((other) => other !== node.uri), bus.apartUri]);
    await again.listen('news');
    const codes = await bus.nodes[1]!.broadcast('news', 'to all');
    expect(codes[bus.apartUri.slice(4, -5)]).toBe(202);
    expect(await again.bodies('news')).toEqual(['to all']);
  });

  it.each([3_600_000, -3_600_000])('whose clock jumps by %d ms stays where it is', async (ms) => {
    await using bus = await busWithOneApart(3);
    const machine = await bus.agent.machine();
    await machine.jumpClock(ms);
    await pause(4_000);
    for (const { events } of bus.nodes) expect(events.filter(({ transition }) => transition !== 'joined')).toEqual([]);
    await using late = await startNode({ server_address: uri(), ...bus.settings });
    await sees(late, [...bus.nodes.map((node) => node.uri), bus.apartUri]);
    expect(await bus.apart.active()).toContain(late.uri);
  });
});
