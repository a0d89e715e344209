import { describe, expect, it } from 'vitest';
import { formatNodeUri, nodeKey } from '../../src/core/node-uri.ts';
import type { ReplyContent } from '../../src/ports/sip-transport.ts';
import { VirtualBus, type VirtualNode } from './virtual-bus.ts';

async function busOf(count: number): Promise<{ bus: VirtualBus; nodes: VirtualNode[] }> {
  const bus = new VirtualBus();
  const nodes = await bus.addMany(count);
  await bus.until(() => bus.allSeeAll(), 3_000);
  return { bus, nodes };
}

/** Whether a promise has settled by now, and when it does. */
function watch(bus: VirtualBus, promise: Promise<unknown>): { at: number | undefined } {
  const state: { at: number | undefined } = { at: undefined };
  void promise.then(() => {
    state.at = bus.clock.now();
  });
  return state;
}

describe('a node has joined', () => {
  it('when it has found somebody: then each peer’s init callback is called once', async () => {
    const bus = new VirtualBus();
    await bus.add(VirtualBus.uri(1));
    const inits: string[] = [];
    const second = await bus.add(VirtualBus.uri(2));
    for (const name of ['a', 'b']) {
      second.bus.peers.register({ name, callback: () => undefined, initCallback: () => inits.push(name) });
    }
    const joined = watch(bus, second.bus.joined());
    await bus.pass(10_000, 10);
    expect(inits).toEqual(['a', 'b']);
    expect(joined.at).toBeLessThan(1_500);
    expect(second.bus.directory.activeCount).toBe(1);
  });

  it('when everybody who was named has been asked: then it is the first', async () => {
    const bus = new VirtualBus();
    bus.dns = () => [VirtualBus.uri(1), VirtualBus.uri(77)];
    const node = await bus.add(VirtualBus.uri(1));
    const joined = watch(bus, node.bus.joined());
    await bus.pass(900, 10);
    expect(joined.at).toBeUndefined();
    await bus.pass(2_000, 10);
    expect(joined.at).toBeDefined();
  });

  it('though an init callback throws', async () => {
    const bus = new VirtualBus();
    const node = await bus.add(VirtualBus.uri(1));
    const inits: string[] = [];
    const broken = (): void => {
      throw new Error('broken');
    };
    node.bus.peers.register({ name: 'a', callback: () => undefined, initCallback: broken });
    node.bus.peers.register({ name: 'b', callback: () => undefined, initCallback: () => void inits.push('b') });
    const joined = watch(bus, node.bus.joined());
    await bus.pass(5_000, 10);
    expect(joined.at).toBeDefined();
    expect(inits).toEqual(['b']);
    expect(node.log.messages('error')).toEqual(['initCallback of a failed']);
  });
});

describe('a stop', () => {
  it('with nothing under way takes as long as the goodbye', async () => {
    const { bus, nodes } = await busOf(3);
    const stopped = watch(bus, nodes[2]!.bus.stop(10_000));
    await bus.pass(50, 1);
    expect(stopped.at).toBeDefined();
  });

  it('alone takes no time', async () => {
    const { bus, nodes } = await busOf(1);
    const stopped = watch(bus, nodes[0]!.bus.stop(10_000));
    await bus.pass(10, 1);
    expect(stopped.at).toBeDefined();
  });

  it('waits for what is under way, which is answered', async () => {
    const { bus, nodes } = await busOf(2);
    let finish = (_content: ReplyContent): void => {};
    nodes[1]!.bus.peers.register({ name: 'slow', callback: () => new Promise((resolve) => (finish = resolve)) });
    const delivery = nodes[0]!.bus.sender.send('slow', nodes[1]!.uri, '', {});
    await bus.pass(100, 10);
    const stopped = watch(bus, nodes[1]!.bus.stop(10_000));
    await bus.pass(5_000);
    expect(stopped.at).toBeUndefined();
    finish({ code: 200 });
    // The transport is stopped in the same moment; the reply has left by then.
    await bus.pass(100, 1);
    expect(stopped.at).toBeDefined();
    expect((await delivery).code).toBe(200);
  });

  it('takes no longer than the grace time, whatever is under way', async () => {
    const { bus, nodes } = await busOf(2);
    nodes[1]!.bus.peers.register({ name: 'slow', callback: () => new Promise(() => {}) });
    void nodes[0]!.bus.sender.send('slow', nodes[1]!.uri, '', {});
    await bus.pass(100, 10);
    const begun = bus.clock.now();
    const stopped = watch(bus, nodes[1]!.bus.stop(7_000));
    await bus.pass(7_100, 10);
    expect(stopped.at! - begun).toBeLessThanOrEqual(7_010);
  });

  it('takes no longer than a second for its goodbye when nobody answers', async () => {
    const { bus, nodes } = await busOf(2);
    bus.network.freeze(nodes[0]!.uri);
    const begun = bus.clock.now();
    const stopped = watch(bus, nodes[1]!.bus.stop(10_000));
    await bus.pass(2_000, 10);
    expect(stopped.at! - begun).toBeLessThanOrEqual(1_010);
  });

  it('twice is one', async () => {
    const { bus, nodes } = await busOf(2);
    const first = nodes[1]!.bus.stop(1_000);
    expect(nodes[1]!.bus.stop(5_000)).toBe(first);
    await bus.pass(1_500, 10);
    await first;
  });

  it('ends every timer: nothing is sent, and nothing waits', async () => {
    const { bus, nodes } = await busOf(1);
    const stopped = nodes[0]!.bus.stop(1_000);
    await bus.pass(70_000);
    await stopped;
    expect(bus.clock.pending).toBe(0);
  });

  it('during the join is one too', async () => {
    const bus = new VirtualBus();
    await bus.add(VirtualBus.uri(1));
    const second = await bus.add(VirtualBus.uri(2));
    const stopped = watch(bus, second.bus.stop(1_000));
    bus.nodes.delete(formatNodeUri(second.uri));
    await bus.pass(5_000, 10);
    expect(stopped.at).toBeDefined();
    expect(bus.allSeeAll()).toBe(true);
  });
});

describe('a node that leaves', () => {
  it('answers everything with 503 and Retry-After, notifications too: a 200 would bring it back to life at a Kamailio', async () => {
    const { bus, nodes } = await busOf(1);
    nodes[0]!.bus.peers.register({ name: 'slow', callback: () => new Promise(() => {}) });
    const kamailio = bus.network.place({ host: '10.9.0.1', port: 5060, transport: 'udp' }, 'kamailio (5.6.3)');
    await kamailio.start();
    const answers: string[] = [];
    const ask = (channel: string): void =>
      kamailio.send({ channel, target: nodes[0]!.uri, body: '', maxForwards: 1 }, (outcome) => {
        if (outcome.ok) answers.push(`${outcome.reply.code} ${outcome.reply.header('Retry-After')}`);
      });
    ask('notification_peer');
    ask('slow');
    await bus.pass(100, 10);
    void nodes[0]!.bus.stop(10_000);
    ask('notification_peer');
    ask('slow');
    ask('unknown');
    await bus.pass(100, 10);
    expect(answers).toEqual(['200 undefined', '503 5', '503 5', '503 5']);
  });

  it('probes nobody for others and asks for nothing', async () => {
    const { bus, nodes } = await busOf(3);
    nodes[2]!.bus.peers.register({ name: 'slow', callback: () => new Promise(() => {}) });
    void nodes[0]!.bus.sender.send('slow', nodes[2]!.uri, '', { deadlineMs: 100 });
    await bus.pass(50, 10);
    void nodes[2]!.bus.stop(60_000);
    await bus.pass(2_000);
    const sent = nodes[2]!.transport.sent.messages;
    await bus.pass(30_000);
    expect(nodes[2]!.transport.sent.messages - sent).toBeLessThanOrEqual(10);
  });
});

describe('a second opinion for another node', () => {
  it('is given about nodes of the bus only: nobody can point this node at a victim', async () => {
    const { bus, nodes } = await busOf(2);
    const victim = bus.network.place({ host: '10.6.6.6', port: 5060, transport: 'udp' });
    await victim.start();
    nodes[1]!.bus.directory.record({ kind: 'forgotten', key: nodeKey(victim.uri) }, 'a test');
    const stranger = bus.network.place({ host: '10.5.5.5', port: 5060, transport: 'udp' });
    await stranger.start();
    const me = ['sip:10.5.5.5:5060', 'o', 1, 'a', 'stranger'];
    const body = JSON.stringify({ v: 1, t: 'ask', me, target: ['sip:10.6.6.6:5060', 'o'] });
    let answer = '';
    stranger.send({ channel: 'kdmq', target: nodes[1]!.uri, body, maxForwards: 1 }, (outcome) => {
      if (outcome.ok) answer = new TextDecoder().decode(outcome.reply.body);
    });
    await bus.pass(2_000);
    expect(JSON.parse(answer)).toMatchObject({ answered: false });
    expect(victim.received.messages).toBe(0);
  });
});

describe('admission', () => {
  it.each([
    ['a public address', '8.8.8.8', false, 403],
    ['a public address that DNS names', '8.8.8.8', true, 200],
    ['a private address', '10.200.0.1', false, 200],
  ])('%s', async (_what, host, inDns, code) => {
    const bus = new VirtualBus();
    const uri = { host, port: 5060, transport: 'udp' } as const;
    bus.dns = () => (inDns ? [uri] : []);
    const node = await bus.add(VirtualBus.uri(1));
    await bus.pass(100, 10);
    const stranger = bus.network.place(uri, 'kamailio (5.6.3)');
    await stranger.start();
    const codes: number[] = [];
    const body = `sip:${host}:5060;status=active\r\n`;
    stranger.send({ channel: 'notification_peer', target: node.uri, body, maxForwards: 1 }, (outcome) => {
      if (outcome.ok) codes.push(outcome.reply.code);
    });
    await bus.pass(100, 10);
    expect(codes).toEqual([code]);
    expect(node.bus.directory.get(nodeKey(uri)) !== undefined).toBe(code === 200);
  });
});
