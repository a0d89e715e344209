import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Agent } from '../agent/start-agent.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';

const address = await loopbackAddresses(import.meta.filename);
const uri = () => `sip:${address()}:5060`;
const folder = mkdtempSync(join(tmpdir(), 'kdmq-killed-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('kill -9 of a process with bindings', () => {
  it('loses no message that was answered 202', { timeout: 60_000 }, async () => {
    await using sender = await startNode({ server_address: uri() });
    const settings = {
      server_address: uri(),
      notification_address: sender.uri,
      data_dir: join(folder, 'in'),
      partition: '0',
      num_workers: 16,
      mqueue: 'name=incoming;durability=always',
      bindings: 'channel=events;queue=incoming',
    };
    const answered: string[] = [];
    let next = 0;
    for (let life = 0; life < 2; life++) {
      await using agent = await Agent.start([]);
      const bound = await agent.startNode(settings);
      await sees(sender, [settings.server_address]);
      const before = (await bound.items('incoming')).map(([, value]) => value);
      expect(answered.filter((body) => !before.includes(body))).toEqual([]);
      // Some at a time, so that the kill comes into the middle of some of them.
      const send = async (): Promise<void> => {
        for (;;) {
          const body = `message ${next++}`;
          const { code } = await sender.node.sendMessage('events', settings.server_address, body, { deadlineMs: 500 });
          if (code === 202) answered.push(body);
          if (!agent.process.running) return;
        }
      };
      const count = answered.length;
      const senders = Array.from({ length: 8 }, send);
      await measured(10_000, () => expect(answered.length).toBeGreaterThan(count + 50));
      await agent.process.kill();
      await Promise.all(senders);
    }
    await using agent = await Agent.start([]);
    const bound = await agent.startNode(settings);
    const found = (await bound.items('incoming')).map(([, value]) => value);
    expect(answered.filter((body) => !found.includes(body))).toEqual([]);
    // And none twice: each was sent once.
    expect(new Set(found).size).toBe(found.length);
    console.info(`2 kills: ${answered.length} answered, ${found.length} found`);
  });

  it('loses no item that was added to a queue that is broadcast', { timeout: 60_000 }, async () => {
    await using receiver = await startNode({ server_address: uri() });
    receiver.listen('events');
    const settings = {
      server_address: uri(),
      notification_address: receiver.uri,
      data_dir: join(folder, 'out'),
      partition: '0',
      mqueue: 'name=outgoing;durability=always;lease_ms=3000',
      bindings: 'queue=outgoing;channel=events;mode=broadcast;timeout_ms=1000;retry_ms=10;retry_max_ms=100',
    };
    const added: string[] = [];
    for (let life = 0; life < 2; life++) {
      await using agent = await Agent.start([]);
      const bound = await agent.startNode(settings);
      await sees(receiver, [settings.server_address]);
      const got = receiver.received.length;
      const add = async (body: string): Promise<void> => {
        await bound.addItem('outgoing', '', body);
        added.push(body);
      };
      await Promise.all(Array.from({ length: 100 }, (_, index) => add(`item ${life} ${index}`)));
      await measured(20_000, () => expect(receiver.received.length).toBeGreaterThan(got));
      await agent.process.kill();
    }
    await using agent = await Agent.start([]);
    await agent.startNode(settings);
    await measured(20_000, () => {
      const bodies = new Set(receiver.bodies('events'));
      expect(added.filter((body) => !bodies.has(body))).toEqual([]);
    });
    const times = receiver.bodies('events').length;
    console.info(`2 kills: ${added.length} added, received ${times} times`);
  });
});
