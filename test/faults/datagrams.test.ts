import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { measured, sees } from '../waiting.ts';
import { startDatagramProxy } from './datagram-proxy.ts';
import { exchange, kdmq } from './exchange.ts';

const address = await loopbackAddresses(import.meta.filename);

describe.concurrent('datagrams', () => {
  it('that come twice and in any order are handled once each, and all answered', async () => {
    await using sender = await startNode({ server_address: `sip:${address()}:5060` });
    await using receiver = await startNode({ server_address: `sip:${address()}:5060`, num_workers: 8 });
    receiver.listen('count');
    const between = address();
    await using proxy = await startDatagramProxy(between, receiver.host);
    const sent = Array.from({ length: 200 }, (_, index) => `message ${index}`);
    const deliveries = await Promise.all(
      sent.map((body) => sender.node.sendMessage('count', `sip:${between}:5060`, body)),
    );
    expect(deliveries.map(({ code }) => code)).toEqual(sent.map(() => 202));
    expect(proxy.passed).toBeGreaterThan(sent.length * 2);
    const bodies = receiver.bodies('count');
    expect([...bodies].sort()).toEqual([...sent].sort());
    expect(bodies).not.toEqual(sent);
  });

  it('with a list that can hardly be read: what can be read is used', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    await using known = await startNode({ server_address: `sip:${address()}:5060` });
    const [from, to] = [address(), node.host];
    const lines = [
      'sip:::::;status=active',
      `sip:${address()}:5060;status=sleeping`,
      '\u0000\u0001 no line at all',
      `${known.uri};status=active`,
      'sip:sip.voice.svc.cluster.local:5060;status=active',
      `sip:${address()}:99999;status=active`,
      'no end of line',
    ];
    const [reply] = await exchange({ from, to, message: kdmq(from, to, 'notification_peer', lines.join('\r\n')) });
    expect(reply).toMatch(/^SIP\/2\.0 200 /);
    expect(node.counter('notification_lines_skipped', 'unreadable')).toBe(5);
    expect(node.counter('notification_lines_skipped', 'name')).toBe(1);
    await sees(node, [known.uri]);
  });

  it('a list is not passed on to anybody, whatever its Max-Forwards', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    await using fellow = await startNode({ server_address: `sip:${address()}:5060`, notification_address: node.uri });
    await sees(node, [fellow.uri]);
    const [from, to, named] = [address(), node.host, address()];
    const list = Array.from({ length: 20 }, () => `sip:${address()}:5060;status=active\r\n`).join('');
    const before = node.counter('sip_requests_sent');
    const message = kdmq(from, to, 'notification_peer', `sip:${named}:5060;status=active\r\n${list}`, 70);
    const [reply = ''] = await exchange({ from, to, message });
    expect(reply).toMatch(/^SIP\/2\.0 200 /);
    // What was only heard of is not told: the answer names this node alone, and is shorter than the question.
    expect(reply.length).toBeLessThan(message.length);
    expect(reply).not.toContain(named);
    await measured(5_000, () => expect(node.counter('sip_requests_sent')).toBeGreaterThan(before));
    expect(node.active()).toEqual([fellow.uri]);
    expect(fellow.active()).toEqual([node.uri]);
  });

  it('in a flood: as many are handled as there is room for, the others get 503 with Retry-After', async () => {
    const settings = { num_workers: 1, worker_queue: 20 };
    await using node = await startNode({ server_address: `sip:${address()}:5060`, ...settings });
    const open = Promise.withResolvers<void>();
    let handled = 0;
    node.node.registerPeer({
      name: 'slow',
      callback: async () => {
        handled += 1;
        await open.promise;
        return { code: 200 };
      },
    });
    const senders = Array.from({ length: 10 }, () => address());
    const heapBefore = process.memoryUsage().heapUsed;
    const floods = senders.map(async (from) => {
      const replies: string[] = [];
      for (let round = 0; round < 20; round++) {
        const message = kdmq(from, node.host, 'slow', 'x');
        replies.push(...(await exchange({ from, to: node.host, message, deadlineMs: 300 })));
      }
      return replies;
    });
    const replies = (await Promise.all(floods)).flat();
    expect(replies.length).toBeGreaterThan(100);
    for (const reply of replies) {
      expect(reply).toMatch(/^SIP\/2\.0 503 /);
      expect(reply).toMatch(/^Retry-After: \d+\r?$/m);
    }
    expect(handled).toBe(1);
    expect(node.counter('messages_refused', 'full')).toBeGreaterThan(100);
    expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(200 * 2 ** 20);
    open.resolve();
    await measured(10_000, () => expect(handled).toBe(21));
    const [from] = senders;
    const message = kdmq(from!, node.host, 'slow', 'x');
    expect((await exchange({ from: from!, to: node.host, message }))[0]).toMatch(/^SIP\/2\.0 200 /);
  });
});
