import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { type RunningNode, startNode } from '../../running-node.ts';
import { StartedNode } from '../node-api/started-node.ts';
import { type Command, runCommand, said, startCommand, written } from '../run-command.ts';

const address = await loopbackAddresses(import.meta.filename);
const tokens = { read: 'reader-token-0123456789', write: 'writer-token-0123456789' };
const flags = ['--http-read-token', tokens.read, '--http-write-token', tokens.write];
const folder = mkdtempSync(join(tmpdir(), 'kdmq-trace-'));
const stack = new AsyncDisposableStack();
/** A `kdmq start`, and a node that sends it messages. */
let traced: StartedNode;
let other: RunningNode;

beforeAll(async () => {
  traced = stack.use(await StartedNode.start(address(), flags));
  other = stack.use(await startNode({ server_address: `sip:${address()}:5060` }));
}, 120_000);
afterAll(async () => {
  await stack.disposeAsync();
  rmSync(folder, { recursive: true });
}, 120_000);

const writer = { KDMQ_TOKEN: tokens.write };

/** A trace that has begun. */
async function trace(...args: string[]): Promise<Command> {
  const command = startCommand(['trace', '--url', traced.url, ...args], writer);
  await said(command, 'tracing');
  return command;
}

/** By TCP, which sends nothing twice. */
const send = (body: string) => other.node.sendMessage('greetings', `${traced.uri};transport=tcp`, body);

describe('kdmq trace', { timeout: 120_000 }, () => {
  it('prints a line for each message, and ends at SIGINT', async () => {
    const command = await trace('--node', other.uri);
    await send('hello');
    await written(command, 'sent to');
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
    const [received, sent] = command.output().split('\n');
    const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z`;
    const peer = String.raw`${other.host}:\d+ tcp:`;
    expect(received).toMatch(new RegExp(`^${time} received from ${peer} KDMQ greetings, \\d+ bytes$`));
    expect(sent).toMatch(new RegExp(`^${time} sent to ${peer} \\d{3} .* to KDMQ greetings, \\d+ bytes$`));
    expect(command.errors()).toContain('2 messages');
  });

  it('-v shows the message itself, where nothing can pass for a line of its own', async () => {
    const command = await trace('-v', '-n', '1', '--node', other.uri);
    await send('one\nSIP/2.0 \u001b[31mtwo');
    expect(await command.ended).toBe(0);
    const lines = command.output().split('\n');
    expect(lines.slice(1).every((line) => line === '' || line.startsWith('    '))).toBe(true);
    expect(lines).toContain(`    KDMQ sip:greetings@${traced.uri.slice(4)};transport=tcp SIP/2.0`);
    expect(lines).toContain('    SIP/2.0 \\u001b[31mtwo');
  });

  it('-o json passes the lines of the API on', async () => {
    const command = await trace('-o', 'json', '-n', '2', '--node', other.uri);
    await send('hello');
    expect(await command.ended).toBe(0);
    const lines = command.output().trim().split('\n');
    const messages = lines.map((line) => JSON.parse(line) as object);
    expect(messages).toMatchObject([{ direction: 'received', channel: 'greetings' }, { direction: 'sent' }]);
  });

  it('--write makes a capture that only its owner can read, whole also when it is called off', async () => {
    const file = join(folder, 'bus.pcapng');
    const command = await trace('--write', file, '--node', other.uri);
    await send('hello');
    await send('x'.repeat(40_000));
    // Two requests and their replies; the long one takes two segments.
    await expect.poll(() => packetsIn(file), { timeout: 30_000 }).toBe(5);
    command.process.kill('SIGTERM');
    expect(await command.ended).toBe(0);
    expect(command.errors()).toContain(`5 packets in ${file}`);
    expect(packetsIn(file)).toBe(5);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('--write - writes it to standard output, and --duration ends it', async () => {
    const command = await trace('--write', '-', '--duration', '1s');
    expect(await command.ended).toBe(0);
    expect(command.output().startsWith('\n\r\r\n')).toBe(true);
  });

  it('ends with 69 when the node ends before', async () => {
    const node = await StartedNode.start(address(), []);
    const command = startCommand(['trace', '--url', node.url]);
    await said(command, 'tracing');
    await node[Symbol.asyncDispose]();
    expect(await command.ended).toBe(69);
    expect(command.errors()).toContain('the node has ended the trace');
  });

  it.each([
    [['--token', tokens.read], 77, 'ROLE_NOT_ENOUGH'],
    [['--node', '10.0.0.2'], 2, 'a SIP URI is needed'],
    [['--write', '/nowhere/x.pcapng'], 73, "--write: /nowhere/x.pcapng can't be written: its folder does not exist"],
    [['--count', '0'], 2, 'a whole number from 1'],
    [['--duration', 'x'], 2, 'a time as 30s'],
  ])('%j ends with %i', async (args, code, words) => {
    const { code: ended, output, errors } = await runCommand(['trace', '--url', traced.url, ...args], writer);
    expect({ code: ended, output, errors }).toEqual({ code, output: '', errors: expect.stringContaining(words) });
  });
});

/** How many packets there are in a capture; throws for one that ends in the middle of a block. */
function packetsIn(file: string): number {
  const bytes = readFileSync(file);
  let packets = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.readUInt32LE(at + length - 4) !== length) throw new Error(`no block at ${at}`);
    if (bytes.readUInt32LE(at) === 6) packets += 1;
    at += length;
  }
  return packets;
}
