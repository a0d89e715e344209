import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { startNode } from '../../running-node.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { runCommand, said, startCommand, written } from '../run-command.ts';

const address = await loopbackAddresses(import.meta.filename);

describe('kdmq watch', { timeout: 120_000 }, () => {
  it('prints who comes and goes, outlives a restart of the node, and ends at SIGINT', async () => {
    const host = address();
    const first = await StartedNode.start(host, []);
    const command = startCommand(['watch', '--types', 'node', '-o', 'json', '--url', first.url]);
    await said(command, 'watching');
    await using other = await startNode({ server_address: `sip:${address()}:5060`, notification_address: first.uri });
    await written(command, '"joined"');
    const event = JSON.parse(command.output().split('\n')[0]!) as object;
    expect(event).toMatchObject({ type: 'node', transition: 'joined', uri: other.uri, kind: 'kdmq' });
    await first[Symbol.asyncDispose]();
    await said(command, 'closed the connection');
    await using _ = await StartedNode.start(host, ['--notification-address', other.uri]);
    await expect.poll(() => command.errors().split('watching').length, { timeout: 30_000 }).toBe(3);
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
  });

  it('says that it has missed something when the node was restarted before anything happened', async () => {
    const host = address();
    const first = await StartedNode.start(host, []);
    const command = startCommand(['watch', '-o', 'json', '--url', first.url]);
    await said(command, 'watching');
    await first[Symbol.asyncDispose]();
    await said(command, 'closed the connection');
    await using _ = await StartedNode.start(host, []);
    await written(command, '{"type":"gap"}');
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
  });

  it.each([
    [['--url', 'http://127.0.0.1:1'], 69, 'no node answers'],
    [['--url', 'nowhere'], 2, 'is not the URL of a node'],
  ])('%j ends with %i', async (args, code, words) => {
    expect(await runCommand(['watch', ...args])).toEqual({ code, output: '', errors: expect.stringContaining(words) });
  });
});
