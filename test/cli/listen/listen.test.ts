import { describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { startNode } from '../../running-node.ts';
import { sees } from '../../waiting.ts';
import { runCommand, said, startCommand, written } from '../run-command.ts';

const address = await loopbackAddresses(import.meta.filename);
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

describe('kdmq listen', { timeout: 60_000 }, () => {
  it('joins the bus, prints the messages of its channels, and says goodbye at SIGINT', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    const command = startCommand(['listen', 'greetings', 'events', '--notification-address', node.uri]);
    await said(command, 'on the bus with 1 other node');
    const [listener] = node.active();
    expect(listener).toMatch(/^sip:127\.0\.0\.1:\d+$/);
    expect(await node.broadcast('greetings', 'hällo\r\n\u001b[31m')).toEqual({ '127.0.0.1': 202 });
    expect(await node.broadcast('others', 'x')).toEqual({ '127.0.0.1': 404 });
    await node.node.broadcastMessage('events', latin1('\x01ok\xff'), { contentType: 'application/octet-stream' });
    await written(command, 'ok');
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
    const time = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    const [first, second, ...more] = command.output().split('\n');
    expect(first).toMatch(new RegExp(`^${time} greetings from ${node.uri} \\(text/plain, 13 bytes\\): `));
    expect(first).toMatch(/hällo\\u000d\\u000a\\u001b\[31m$/);
    expect(second).toMatch(/ events from .* \(application\/octet-stream, 4 bytes\): \\x01ok\\xff$/);
    expect(more).toEqual(['']);
    expect(node.active()).toEqual([]);
    expect(node.events.map(({ transition }) => transition)).toContain('left');
  });

  it('prints a line of JSON a message, and ends after as many as are wanted', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    const server_address = `sip:${address()}:5060`;
    const flags = ['--notification-address', node.uri, '--server-address', server_address];
    const command = startCommand(['listen', 'events', '-o', 'json', '--count', '2', ...flags]);
    await sees(node, [server_address]);
    await node.broadcast('events', '{"a":1}');
    await node.node.broadcastMessage('events', latin1('\xff'));
    expect(await command.ended).toBe(0);
    const messages = command
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const fixed = { channel: 'events', from: node.uri, source: `udp:${node.host}:5060`, contentType: 'text/plain' };
    expect(messages).toEqual([
      { time: expect.any(String), ...fixed, body: '{"a":1}' },
      { time: expect.any(String), ...fixed, bodyBase64: '/w==' },
    ]);
  });

  it('ends in peace when its reader has seen enough', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    const command = startCommand(['listen', 'events', '--notification-address', node.uri]);
    await said(command, 'on the bus');
    command.process.stdout.destroy();
    await node.broadcast('events', 'nobody reads this');
    expect(await command.ended).toBe(0);
  });

  it('says so when nobody is there', async () => {
    const command = startCommand(['listen', 'events', '--notification-address', `sip:${address()}:5060`]);
    await said(command, 'nobody else is on the bus yet');
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
  });

  it.each([
    [['events'], 2, 'where is the bus? Give --notification-address'],
    [['events', '--notification-address', 'sip:nobody.invalid'], 69, 'nobody.invalid leads to no address'],
    [['a b', '--notification-address', 'sip:127.0.0.1'], 2, 'channel "a b" can\'t be the user part of a SIP URI'],
    [['notification_peer', '--notification-address', 'sip:127.0.0.1'], 2, "is the node's own"],
    [[], 2, "missing required argument 'channel'"],
  ])('%j ends with %i', async (args, code, words) => {
    const result = await runCommand(['listen', ...args]);
    expect(result).toEqual({ code, output: '', errors: expect.stringContaining(words) });
  });

  it('ends with 71 when its address is taken', async () => {
    await using node = await startNode({ server_address: `sip:${address()}:5060` });
    const result = await runCommand(['listen', 'events', '--server-address', node.uri]);
    expect(result).toEqual({ code: 71, output: '', errors: expect.stringContaining('the port is taken') });
  });
});
