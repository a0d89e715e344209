import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { kamailioVersions } from '../interop/kamailio-versions.ts';
import { startKamailio } from '../kamailio/kamailio.ts';
import { sipRequest } from '../kamailio/sip-request.ts';
import { loopbackAddresses } from '../loopback.ts';
import { startNode } from '../running-node.ts';
import { sees } from '../waiting.ts';
import { startExample } from './running-example.ts';

const address = await loopbackAddresses(import.meta.filename);
const newUri = () => `sip:${address()}:5060`;

describe.concurrent('examples/', () => {
  it('peer: answers on its channel, tells who comes and goes, says goodbye at SIGTERM', async () => {
    const uri = newUri();
    await using peer = await startExample('peer', uri);
    await peer.prints(`this is ${uri}`);
    await peer.prints('joined, 0 others here');
    await using other = await startNode({ server_address: newUri(), notification_address: uri });
    await sees(other, [uri]);
    await peer.prints(`+ ${other.uri} (kdmq)`);
    const delivery = await other.node.sendMessage('greetings', uri, 'hello');
    expect(delivery).toMatchObject({ code: 200, reason: 'Nice To Meet You' });
    await peer.prints(`${other.host}: hello`);
    await using short = await startNode({ server_address: newUri(), notification_address: uri });
    await peer.prints(`+ ${short.uri} (kdmq)`);
    await short.node.stop();
    await peer.prints(`- ${short.uri} said goodbye`);
    expect(await peer.stop()).toBe(0);
    await vi.waitFor(() => expect(other.events.map(({ transition }) => transition)).toContain('left'), 10_000);
  });

  it('broadcast: prints the answer of each node', async () => {
    await using one = await startNode({ server_address: newUri() });
    await using other = await startNode({ server_address: newUri(), notification_address: one.uri });
    one.listen('greetings', { code: 200 });
    await sees(other, [one.uri]);
    await using broadcast = await startExample('broadcast', newUri(), one.uri, 'greetings', 'hello all');
    expect(await broadcast.ends()).toBe(0);
    expect(broadcast.lines).toContain(`${one.host}: 200 OK`);
    expect(broadcast.lines).toContain(`${other.host}: 404 User Not Found`);
    expect(broadcast.lines).toContain('1 of 2 took it');
    expect(one.received.map(({ body }) => body)).toEqual(['hello all']);
  });

  it('send: to one node with a content type and Max-Forwards, then to all others', async () => {
    await using one = await startNode({ server_address: newUri() });
    await using other = await startNode({ server_address: newUri(), notification_address: one.uri });
    for (const node of [one, other]) node.listen('tasks');
    await sees(other, [one.uri]);
    await using send = await startExample('send', newUri(), one.uri, 'tasks', '{"do":"this"}');
    expect(await send.ends()).toBe(0);
    expect(send.lines[0]).toMatch(new RegExp(`^${one.uri}: 202 Accepted DMQ after \\d`));
    expect(send.lines).toContain('1 others: 202');
    for (const node of [one, other]) {
      expect(node.received.map(({ body }) => body)).toEqual(['{"do":"this"}']);
      expect(node.received[0]?.request).toMatchObject({ contentType: 'application/json', maxForwards: 5 });
    }
  });

  it('queue: acknowledges what is done, gives up what fails three times, and begins with what an earlier run has left', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-example-'));
    try {
      const settings = { server_address: newUri(), data_dir: folder, mqueue: 'name=calls;durability=always' };
      await using before = await startNode(settings);
      await before.node.queues.ready();
      await before.node.queues.get('calls').add('dave', 'sip:dave@example.org');
      await before.node.stop();
      await using queue = await startExample('queue', newUri(), folder, 'alice', 'nobody', 'carol');
      await queue.prints('left from before: 1');
      await queue.prints('2-0 added\n2-1 added\n2-2 added\n1-0 fetched: dave sip:dave@example.org');
      await queue.prints('2-0 called: alice');
      await queue.prints('2-2 called: carol');
      await queue.prints('given up: nobody');
      expect(await queue.stop()).toBe(0);
      await using after = await startNode({ ...settings, server_address: newUri() });
      await after.node.queues.ready();
      expect(after.node.queues.get('calls').size()).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('say what is wrong with an address that is no SIP URI', async () => {
    await using send = await startExample('send', newUri(), '127.0.0.1');
    expect(await send.ends()).toBe(1);
    expect(send.lines.join('\n')).toContain(
      'ConfigError: notification_address: "127.0.0.1" does not begin with "sip:"',
    );
  });

  it('replicate: a REGISTER reaches every node once', async () => {
    const [first, second] = [newUri(), newUri()];
    await using one = await startExample('replicate', first);
    await using other = await startExample('replicate', second, first);
    await one.prints(`this is ${first}`);
    await other.prints(`this is ${second}`);
    await using watcher = await startNode({ server_address: newUri(), notification_address: first });
    await sees(watcher, [first, second]);
    const host = first.split(':')[1] ?? '';
    const headers = [['Contact', '<sip:alice@192.0.2.7>']] as const;
    expect(await sipRequest({ method: 'REGISTER', address: host, user: 'alice', headers })).toBe(200);
    await one.prints('registered: <sip:alice@192.0.2.7>, replicated to 2');
    await other.prints('replicated to us: <sip:alice@192.0.2.7>');
    expect(one.lines.join('\n')).not.toContain('replicated to us');
    expect(await other.stop()).toBe(0);
  });

  for (const { version, missing } of kamailioVersions) {
    it.skipIf(missing)(`htable: prints the table of a Kamailio ${version} and what it changes`, async () => {
      await using kamailio = await startKamailio({ version, address: address() });
      await kamailio.setTable('before', 'held already');
      await using htable = await startExample('htable', newUri(), kamailio.uri);
      await htable.prints(/has table=>before held already/);
      await kamailio.setTable('after', 'changed');
      await htable.prints('set table=>after changed');
      expect(await htable.stop()).toBe(0);
    });
  }
});
