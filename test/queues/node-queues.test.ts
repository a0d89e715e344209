import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNode, type KdmqNode, type Log, QueueError } from '../../src/index.ts';

let folder: string;
const running: KdmqNode[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-node-'));
});

afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
  rmSync(folder, { recursive: true });
});

async function start(mqueue: string, settings = {}, log?: Log): Promise<KdmqNode> {
  const node = createNode({
    settings: {
      server_address: 'sip:127.61.7.1:5060',
      listen: 'udp:127.61.7.1:5060',
      data_dir: folder,
      mqueue: [mqueue],
      ...settings,
    },
    ...(log && { log }),
  });
  running.push(node);
  await node.start();
  return node;
}

describe('a node', () => {
  it('keeps its queues in files when no store is named, over stops and starts', async () => {
    const first = await start('name=calls;dbmode=both');
    await first.queues.ready();
    await first.queues.get('calls').add('a', '1');
    await first.queues.get('calls').add('b', '2');
    expect(await first.mqueue.mq_fetch('calls')).toBe(1);
    expect(await first.stop()).toEqual({ spilled: [], lost: [], fenced: [] });
    expect(existsSync(join(folder, 'queues'))).toBe(true);

    const second = await start('name=calls;dbmode=both');
    await second.queues.ready();
    expect((await second.queues.get('calls').fetch())?.valueText()).toBe('2');
    expect(second.queues.states()).toEqual([{ name: 'calls', state: 'ready', why: undefined }]);
  });

  it('touches no disk for queues that are kept nowhere', async () => {
    const node = await start('name=calls', { data_dir: '/proc/no/such/folder' });
    await node.queues.ready();
    await node.queues.get('calls').add('a', '1');
    expect(node.mqueue.mq_size('calls')).toBe(1);
    expect(() => node.queues.get('bells')).toThrow(QueueError);
    expect(node.counters()).toContainEqual({ name: 'mqueue_added', reason: undefined, value: 1 });
  });

  it('starts although its queues can not be read, and says which and why', async () => {
    writeFileSync(join(folder, 'queues'), 'not a folder');
    const said: string[] = [];
    const log: Log = { debug() {}, info() {}, warn() {}, error: (message) => void said.push(message) };
    const node = await start('name=calls;dbmode=both', {}, log);
    await expect.poll(() => node.queues.states()[0]?.state, { timeout: 5_000 }).toBe('failed');
    expect(said).toEqual(['mqueue: the store can not be used']);
    await expect(node.queues.get('calls').add('a', '1')).rejects.toMatchObject({ code: 'QUEUE_NOT_READY' });
    expect(await node.stop()).toEqual({ spilled: [], lost: [], fenced: [] });
  });

  it('whose Redis is away at the stop puts its queues into the spill', async () => {
    const redis = { db_url: 'redis://127.61.7.1:1', shutdown_grace: 2 };
    const node = await start('name=calls;dbmode=save', redis);
    await node.queues.get('calls').add('a', '1');
    expect(await node.stop()).toEqual({ spilled: ['calls'], lost: [], fenced: [] });
    expect(existsSync(join(folder, 'spill'))).toBe(true);
  });
});
