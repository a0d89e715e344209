import { describe, expect, it } from 'vitest';
import { ChannelError } from '../src/core/peer-registry.ts';
import type { Settings } from '../src/core/settings.ts';
import { KdmqNode, type MessageView, TargetError } from '../src/kdmq-node.ts';
import { requestOf } from './bus/recorded-transport.ts';
import { defaultSettings, VirtualBus, type VirtualNode } from './bus/virtual-bus.ts';
import { definition, QueueWorld, saved } from './queues/queue-world.ts';

function nodeOf(bus: VirtualBus, { bus: inner, log }: VirtualNode, world = new QueueWorld(bus.clock)) {
  const applied: Settings[] = [];
  const calls: string[] = [];
  const off = { state: 'off', detail: 'no cluster', forMs: 0, watches: [], leader: false, holder: '' } as const;
  const controller = {
    start: () => void calls.push('start'),
    stop: async () => void calls.push('stop'),
    view: () => off,
    restartsInPlace: async () => {
      calls.push('restartsInPlace');
      return true;
    },
  };
  const { queues } = world.node([definition(saved)]);
  const node = new KdmqNode({
    bus: inner,
    queues,
    controller,
    bindings: { start: () => {}, stop: () => undefined, views: () => [] },
    capture: { start: () => {}, stop: () => {} },
    log,
    settings: () => defaultSettings,
    apply: (settings) => applied.push(settings),
    now: () => bus.clock.now(),
    storeCalls: () => [],
    store: () => ({ state: 'failing', detail: 'redis://10.0.0.9:6379: no answer within 2 s' }),
    counters: () => [{ name: 'messages_sent', reason: '2xx', value: 3 }],
  });
  return { node, queues, applied, calls, off };
}

async function busOf(count: number) {
  const bus = new VirtualBus();
  const virtual = await bus.addMany(count);
  await bus.until(() => bus.allSeeAll(), 3_000);
  const { node, applied } = nodeOf(bus, virtual[0]!);
  return { bus, virtual, node, applied };
}

describe('the node list', () => {
  it('shows this node first, then the others by address', async () => {
    const { bus, node } = await busOf(3);
    await bus.pass(5_000);
    expect(node.uri).toBe('sip:10.0.0.1:5060');
    expect(node.nodes().map(({ uri, status, local, kind }) => `${uri} ${status} ${local} ${kind}`)).toEqual([
      'sip:10.0.0.1:5060 active true kdmq',
      'sip:10.0.0.2:5060 active false kdmq',
      'sip:10.0.0.3:5060 active false kdmq',
    ]);
    expect(node.nodes()[1]).toMatchObject({
      host: '10.0.0.2',
      port: 5060,
      transport: 'udp',
      software: 'kdmq/test',
      suspected: false,
      roundTripMs: 2,
      failCount: 0,
    });
    expect(node.nodes()[1]!.seenAgoMs).toBeLessThanOrEqual(1_100);
  });

  it('shows what is not known as not known', async () => {
    const { bus, virtual, node } = await busOf(1);
    const claim = { incarnation: 1, state: 'alive' } as const;
    const identity = { uri: VirtualBus.uri(9), kind: 'kdmq', instance: 'i', software: '', streams: [] } as const;
    const told = { kind: 'told', node: identity, claim, fresh: true, at: bus.clock.now() } as const;
    virtual[0]!.bus.directory.record(told, 'gossip');
    expect(node.nodes()[1]).toMatchObject({ status: 'not_active', seenAgoMs: undefined, roundTripMs: undefined });
  });

  it('shows this node as disabled once it leaves', async () => {
    const { bus, node } = await busOf(2);
    const stopped = node.stop();
    expect(node.nodes()[0]!.status).toBe('disabled');
    await bus.pass(2_000);
    await stopped;
  });
});

describe('changes of the node list by hand', () => {
  it('are made as the bus makes them', async () => {
    const { node } = await busOf(2);
    const other = 'sip:10.0.0.2:5060';
    node.changeStatus(other, 'disabled');
    expect(node.nodes()[1]).toMatchObject({ uri: other, status: 'disabled' });
    expect(await node.broadcastMessage('bench', 'x')).toEqual([]);
    node.removeNode(other);
    expect(node.nodes()).toHaveLength(1);
    node.addNode(other);
    expect(() => node.removeNode('sip:10.0.0.9:5060')).toThrow('there is no node sip:10.0.0.9:5060 in the list');
  });

  it('take SIP URIs only', async () => {
    const { node } = await busOf(1);
    expect(() => node.addNode('10.0.0.2')).toThrow(TargetError);
    expect(() => node.removeNode('10.0.0.2')).toThrow(TargetError);
    expect(() => node.changeStatus('10.0.0.2', 'active')).toThrow(TargetError);
  });
});

describe('the channels', () => {
  it('are the own ones, those with a peer, and those that were sent on, with what came of the messages', async () => {
    const { bus, virtual, node } = await busOf(2);
    node.registerPeer({ name: 'greetings', description: 'says hello', callback: () => undefined });
    virtual[1]!.bus.sender.send('greetings', virtual[0]!.uri, 'hello', {});
    const sent = node.broadcastMessage('calls', 'x');
    await bus.pass(1_000);
    await sent;
    expect(node.channels()).toEqual([
      { name: 'kdmq', role: 'own', description: undefined, counts: undefined },
      { name: 'notification_peer', role: 'own', description: undefined, counts: undefined },
      {
        name: 'greetings',
        role: 'peer',
        description: 'says hello',
        counts: { received: { '2xx': 1 }, sent: {} },
      },
      { name: 'calls', role: 'sent', description: undefined, counts: { received: {}, sent: { '4xx': 1 } } },
    ]);
  });

  it('show their messages to whoever looks on, and one who throws disturbs nobody', async () => {
    const { bus, virtual, node } = await busOf(2);
    const seen: unknown[] = [];
    node.onMessage(() => {
      throw new Error('broken');
    });
    const end = node.onMessage((message) => seen.push(message));
    const send = () => virtual[1]!.bus.sender.send('greetings', virtual[0]!.uri, 'hello', {});
    const first = send();
    await bus.pass(1_000);
    expect((await first).code).toBe(404);
    end();
    void send();
    await bus.pass(1_000);
    expect(seen).toEqual([{ channel: 'greetings', from: 'sip:10.0.0.2:5060', size: 5, contentType: 'text/plain' }]);
  });

  it('show of what a stranger wrote no more than 256 characters: who looks on may keep many', async () => {
    const { bus, virtual, node } = await busOf(2);
    const seen: MessageView[] = [];
    node.onMessage((message) => seen.push(message));
    const [channel, contentType] = ['a', 'b'].map((letter) => letter.repeat(60_000));
    void virtual[1]!.bus.sender.send(channel!, virtual[0]!.uri, 'hello', { contentType: contentType! });
    await bus.pass(1_000);
    expect(seen).toEqual([
      { channel: `${'a'.repeat(256)}…`, from: 'sip:10.0.0.2:5060', size: 5, contentType: `${'b'.repeat(256)}…` },
    ]);
  });
});

describe('the status', () => {
  it('says which life of which node this is, and whether it takes part', async () => {
    const bus = new VirtualBus();
    const virtual = await bus.add(VirtualBus.uri(1), {}, 'this life');
    const { node } = nodeOf(bus, virtual);
    expect(node.status()).toEqual({
      uri: 'sip:10.0.0.1:5060',
      instance: 'this life',
      uptimeMs: 0,
      joined: false,
      stopping: false,
    });
    await bus.pass(5_000);
    expect(node.status()).toMatchObject({ uptimeMs: 5_000, joined: true });
    const stopped = node.stop();
    expect(node.status().stopping).toBe(true);
    await bus.pass(2_000);
    await stopped;
  });
});

describe('events', () => {
  it('tell what happened to a node, and why', async () => {
    const { bus, node, virtual } = await busOf(2);
    await bus.pass(2_000);
    const heard: string[] = [];
    node.on('left', ({ uri, why }) => heard.push(`${uri} ${why}`));
    node.on('joined', ({ uri }) => heard.push(`${uri} joined`));
    const stopped = virtual[1]!.bus.stop(1_000);
    await bus.pass(1_500);
    await stopped;
    await bus.add(VirtualBus.uri(3));
    await bus.pass(2_000);
    expect(heard).toEqual(['sip:10.0.0.2:5060 goodbye', 'sip:10.0.0.3:5060 joined']);
  });

  it('are not heard any more by whoever has left', async () => {
    const { bus, node } = await busOf(1);
    const heard: string[] = [];
    node.on('joined', ({ uri }) => heard.push(uri))();
    await bus.add(VirtualBus.uri(2));
    await bus.pass(3_000);
    expect(heard).toEqual([]);
  });

  it('whose listener throws disturb neither the bus nor the other listeners', async () => {
    const { bus, node, virtual } = await busOf(1);
    const heard: string[] = [];
    node.on('joined', () => {
      throw new Error('broken');
    });
    node.on('joined', async () => {
      throw new Error('broken later');
    });
    node.on('joined', ({ uri }) => heard.push(uri));
    await bus.add(VirtualBus.uri(2));
    await bus.until(() => bus.allSeeAll(), 3_000);
    expect(heard).toEqual(['sip:10.0.0.2:5060']);
    expect(virtual[0]!.log.messages('error')).toEqual(['listener of joined failed', 'listener of joined failed']);
  });
});

describe('messages', () => {
  it('are sent to one node by its URI', async () => {
    const { bus, node, virtual } = await busOf(3);
    virtual[1]!.bus.peers.register({ name: 'bench', callback: () => ({ code: 200 }) });
    const byText = node.sendMessage('bench', 'sip:10.0.0.2:5060', 'x');
    const byValue = node.sendMessage('bench', VirtualBus.uri(3), 'x');
    await bus.pass(100, 10);
    expect([(await byText).code, (await byValue).code]).toEqual([200, 404]);
  });

  it('to what is no URI are refused', async () => {
    const { node } = await busOf(1);
    const refused = node.sendMessage('bench', '10.0.0.2', 'x');
    await expect(refused).rejects.toThrow(TargetError);
    await expect(refused).rejects.toMatchObject({ code: 'TARGET_NOT_A_URI' });
  });

  it.each([
    'sip:0.0.0.0',
    'sip:[::]:5060',
    'sip:239.1.2.3',
    'sip:[ff02::1]',
    'sip:[::ffff:224.0.0.1]',
    'sip:255.255.255.255',
  ])('to an address that is nobody’s are refused: %s', async (target) => {
    const { node } = await busOf(1);
    await expect(node.sendMessage('bench', target, 'x')).rejects.toMatchObject({ code: 'TARGET_NOT_A_HOST' });
  });

  it('are broadcast to all other active nodes', async () => {
    const { bus, node } = await busOf(4);
    const deliveries = node.broadcastMessage('bench', 'x', { except: VirtualBus.uri(2) });
    await bus.pass(100, 10);
    expect((await deliveries).map(({ node: { host } }) => host).sort()).toEqual(['10.0.0.3', '10.0.0.4']);
  });
});

describe('a peer', () => {
  it('that is registered after the join has its init callback called at once', async () => {
    const { bus, node } = await busOf(2);
    await bus.pass(1_000, 10);
    await node.joined();
    let inits = 0;
    node.registerPeer({ name: 'late', callback: () => undefined, initCallback: () => void inits++ });
    expect(inits).toBe(1);
  });

  it.each(['kdmq', 'notification_peer', 'no good name'])('can’t be called %j', async (name) => {
    const { node } = await busOf(1);
    expect(() => node.registerPeer({ name, callback: () => undefined })).toThrow(ChannelError);
  });

  it('that is taken away answers no more', async () => {
    const { bus, node } = await busOf(2);
    const unregister = node.registerPeer({ name: 'bench', callback: () => ({ code: 200 }) });
    unregister();
    const delivery = nodeOf(bus, [...bus.nodes.values()][1]!).node.sendMessage('bench', node.uri, 'x');
    await bus.pass(100, 10);
    expect((await delivery).code).toBe(404);
  });
});

describe('a stop', () => {
  async function withMessage(handle: () => Promise<void>) {
    const bus = new VirtualBus();
    const [first, second] = await bus.addMany(2);
    await bus.until(() => bus.allSeeAll(), 3_000);
    const world = new QueueWorld(bus.clock);
    const { node, queues } = nodeOf(bus, first!, world);
    queues.start();
    await bus.pass(10, 10);
    const queue = node.queues.get('calls');
    node.registerPeer({
      name: 'bench',
      callback: async () => {
        await handle();
        await queue.add('k', 'from a message');
      },
    });
    await queue.add('k', '1');
    void nodeOf(bus, second!).node.sendMessage('bench', node.uri, 'x');
    await bus.pass(10, 10);
    return { bus, world, node };
  }

  it('saves the queues when the last message has been handled', async () => {
    let end = (): void => {};
    const { bus, world, node } = await withMessage(() => new Promise((resolve) => (end = resolve)));
    const stopped = node.stop();
    await bus.pass(2_000, 100);
    end();
    await bus.pass(2_000, 100);
    expect(await stopped).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(await world.content()).toEqual(['1', 'from a message']);
  });

  it('leaves the queues half of its time when a handler hangs', async () => {
    const { bus, world, node } = await withMessage(() => new Promise(() => {}));
    const begun = bus.clock.now();
    let took = 0;
    const stopped = node.stop().finally(() => {
      took = bus.clock.now() - begun;
    });
    await bus.pass(10_000, 100);
    await stopped;
    expect(took).toBeGreaterThanOrEqual(5_000);
    expect(took).toBeLessThanOrEqual(5_200);
    expect(await world.content()).toEqual(['1']);
  });
});

it('requests that are not KDMQ go to the handler', async () => {
  const { node, virtual } = await busOf(1);
  node.onRequest(({ method }) => ({ code: method === 'REGISTER' ? 200 : 488 }));
  const codes: number[] = [];
  const request = requestOf('', { method: 'REGISTER', from: '192.0.2.1' });
  virtual[0]!.bus.dispatcher.receive(request, ({ code }) => codes.push(code));
  expect(codes).toEqual([200]);
  expect(node.isFromNode(request)).toBe(false);
  expect(node.replicate(request)).toBe(0);
});

it('the controller starts and stops with the node, and is shown', async () => {
  const bus = new VirtualBus();
  const { node, calls, off } = nodeOf(bus, await bus.add(VirtualBus.uri(1)));
  await node.start();
  expect(calls).toEqual(['start']);
  const stopped = node.stop();
  await bus.pass(2_000);
  await stopped;
  expect(calls).toEqual(['start', 'stop']);
  expect(node.controller()).toEqual(off);
});

it('changed settings and counters pass through', async () => {
  const { node, applied } = await busOf(1);
  node.applySettings({ ...defaultSettings, num_workers: 9 });
  expect(applied.map((settings) => settings.num_workers)).toEqual([9]);
  expect(node.counters()).toEqual([{ name: 'messages_sent', reason: '2xx', value: 3 }]);
});

it('start binds the transport, joined waits for the first search', async () => {
  const bus = new VirtualBus();
  const { node } = nodeOf(bus, await bus.add(VirtualBus.uri(1)));
  let joined = false;
  void node.joined().then(() => {
    joined = true;
  });
  expect(joined).toBe(false);
  await bus.pass(3_000);
  expect(joined).toBe(true);
});

it('a stop asks whether the container runs anew only where the process ends with it, and before the controller stops', async () => {
  const stopWith = async (options?: { endsProcess: boolean }): Promise<string[]> => {
    const bus = new VirtualBus();
    const { node, calls } = nodeOf(bus, await bus.add(VirtualBus.uri(1)));
    await node.start();
    const stopped = node.stop(options);
    await bus.pass(2_000);
    await stopped;
    return calls;
  };
  expect(await stopWith({ endsProcess: true })).toEqual(['start', 'restartsInPlace', 'stop']);
  expect(await stopWith()).toEqual(['start', 'stop']);
});

it('DNS and the store of queues are shown, and neither makes the node unready', async () => {
  const bus = new VirtualBus();
  bus.dns = () => undefined;
  const { node } = nodeOf(bus, await bus.add(VirtualBus.uri(1)));
  await node.start();
  await bus.pass(5_000);
  expect(node.lookups().state).toBe('failing');
  const notes = node.readiness().checks.filter(({ result }) => result === 'note');
  expect(notes.map(({ name, detail }) => `${name} ${detail}`)).toEqual([
    expect.stringMatching(/^dns failing: kdmq\.test: /),
    'store failing: redis://10.0.0.9:6379: no answer within 2 s',
    'kubernetes off: no cluster',
  ]);
  expect(
    node
      .readiness()
      .checks.filter(({ result }) => result === 'failed')
      .map(({ name }) => name),
  ).not.toContain('dns');
  const stopped = node.stop();
  await bus.pass(2_000);
  await stopped;
});
