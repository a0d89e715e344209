import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TestAuthority } from '../../edges/sip/certificates.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { type RunningNode, startNode } from '../../running-node.ts';
import { sees } from '../../waiting.ts';
import { runCommand, startCommand, written } from '../run-command.ts';
import { Terminal } from '../terminal.ts';
import { StartedNode } from './started-node.ts';

const address = await loopbackAddresses(import.meta.filename);
const TOKEN = 'a-token-of-sixteen-characters-and-more';

let folder: string;
let node: StartedNode;
let other: RunningNode;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-nodes-'));
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
  node = await StartedNode.start(address(), ['--http-write-token-file', join(folder, 'token')]);
  other = await startNode({ server_address: `sip:${address()}:5060`, notification_address: node.uri });
  other.listen('greetings', { code: 200, contentType: 'text/plain', body: 'hi' });
  await sees(other, [node.uri]);
}, 60_000);
afterAll(async () => {
  await other.stop();
  await node[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const kdmq = (...args: readonly string[]) =>
  runCommand(args, { KDMQ_URL: node.url, KDMQ_TOKEN_FILE: join(folder, 'token') });

describe('kdmq nodes', { timeout: 60_000 }, () => {
  it('shows the bus as the node sees it, and has JSON and YAML for programs', async () => {
    const { code, output } = await kdmq('nodes');
    expect(code).toBe(0);
    const [heads, first, second, ...more] = output
      .split('\n')
      .map((line) => line.split(/ {2,}/).filter((cell) => cell));
    expect(heads).toEqual(['NODE', 'STATUS', 'KIND', 'SEEN', 'RTT MS']);
    expect(first).toEqual([node.uri, 'active', 'kdmq, this one', '-', '-']);
    expect(second).toEqual([other.uri, 'active', 'kdmq', '0 s', expect.stringMatching(/^[0-9.]+$/)]);
    expect(more).toEqual([[]]);
    const nodes = [
      expect.objectContaining({ uri: node.uri, local: true }),
      expect.objectContaining({ uri: other.uri }),
    ];
    expect(JSON.parse((await kdmq('nodes', '-o', 'json')).output)).toEqual({ nodes });
    expect(parse((await kdmq('nodes', '-o', 'yaml')).output)).toEqual({ nodes });
    expect((await kdmq('nodes', '-o', 'wide')).output).toMatch(/ SOFTWARE\n.*kdmq\/[0-9.]+\n/);
  });

  it('goes on with --watch, and shows again what has changed', async () => {
    const command = startCommand(['nodes', '--watch', '--interval', '0.1', '--url', node.url, '--token', TOKEN]);
    await written(command, other.uri);
    expect((await kdmq('nodes', 'status', other.uri, 'disabled')).output).toBe(`${other.uri} is disabled\n`);
    await written(command, 'disabled');
    expect((await kdmq('nodes', 'status', other.uri, 'active')).code).toBe(0);
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
    expect(command.output().split('NODE ').length).toBeLessThanOrEqual(5);
  });

  it('says which checks fail at a node that is not ready', async () => {
    const away = ['--db-url', `redis://${address()}:6379`, '--mqueue', 'name=calls;durability=always'];
    await using unready = await StartedNode.start(address(), away);
    const why = /^kdmq: this node is not ready: queues: calls loading: redis:.* ECONNREFUSED .*\n$/;
    const { code, output, errors } = await runCommand(['nodes', '--url', unready.url]);
    expect({ code, errors }).toEqual({ code: 0, errors: expect.stringMatching(why) });
    expect(output).toContain(`${unready.uri}  active`);
    const top = await runCommand(['top', '--once', '--interval', '100ms', '--url', unready.url]);
    expect(top.output).toMatch(/, not ready\nqueues: calls loading: redis:.*\n1 of 1 node active, /);
  });

  it('adds and removes nodes', async () => {
    const uri = `sip:${address()}:5060`;
    expect(await kdmq('nodes', 'add', uri)).toEqual({ code: 0, output: `${uri} is looked for\n`, errors: '' });
    await using late = await startNode({ server_address: uri });
    await sees(late, [node.uri, other.uri]);
    expect((await kdmq('nodes', 'remove', uri)).output).toBe(`${uri} is off the list\n`);
    const missing = await kdmq('nodes', 'remove', 'sip:10.9.9.9:5060');
    expect(missing).toEqual({ code: 66, output: '', errors: expect.stringContaining('NODE_UNKNOWN') });
  });
});

describe('kdmq send and broadcast', { timeout: 60_000 }, () => {
  it('print what each node answers, and end with 69 when one did not take it', async () => {
    const sent = await kdmq('broadcast', 'greetings', 'hello all');
    expect(sent.code).toBe(0);
    expect(sent.output.split('\n')[0]!.split(/ {2,}/)).toEqual(['NODE', 'CODE', 'MS', 'REASON', 'BODY']);
    expect(sent.output).toMatch(new RegExp(`^${other.uri} +200 +[0-9.]+  OK +hi$`, 'm'));
    expect(other.bodies('greetings')).toContain('hello all');
    const refused = await kdmq('send', 'nobody', other.uri, 'x', '-o', 'json');
    expect(refused.code).toBe(69);
    expect(JSON.parse(refused.output)).toMatchObject({ deliveries: [{ node: other.uri, code: 404 }] });
  });

  it('send the bytes of standard input and of a file, with their type', async () => {
    const env = { KDMQ_URL: node.url, KDMQ_TOKEN: `${TOKEN}\n` };
    const command = startCommand(['send', 'greetings', other.uri, '--type', 'application/octet-stream'], env);
    command.process.stdin.end(Buffer.from([0xff, 0x00]));
    expect(await command.ended).toBe(0);
    const got = other.received.at(-1)?.request;
    expect([got?.contentType, ...(got?.body ?? [])]).toEqual(['application/octet-stream', 0xff, 0x00]);
    writeFileSync(join(folder, 'body'), 'from a file');
    expect((await kdmq('broadcast', 'greetings', '--file', join(folder, 'body'))).code).toBe(0);
    expect(other.bodies('greetings').at(-1)).toBe('from a file');
  });

  it('take nothing for something only where that is said', async () => {
    const env = { KDMQ_URL: node.url, KDMQ_TOKEN: TOKEN };
    const silent = startCommand(['send', 'greetings', other.uri], env);
    silent.process.stdin.end();
    expect(await silent.ended).toBe(2);
    expect(silent.errors()).toBe(
      "kdmq: no body is given, and standard input is empty: for an empty body give '' as the argument, or --file - to take standard input as it is\n",
    );
    expect((await kdmq('send', 'greetings', other.uri, '')).code).toBe(0);
    const meant = startCommand(['broadcast', 'greetings', '--file', '-'], env);
    meant.process.stdin.end();
    expect(await meant.ended).toBe(0);
    expect(other.bodies('greetings').slice(-2)).toEqual(['', '']);
  });

  it('wait for a terminal with words, and end at Ctrl-C', async () => {
    await using terminal = new Terminal(['broadcast', 'greetings'], { KDMQ_URL: node.url, KDMQ_TOKEN: TOKEN });
    const words = 'the body is read from this terminal: Ctrl-D on a line of its own ends it';
    await expect.poll(() => terminal.written, { timeout: 60_000 }).toContain(words);
    terminal.press('\u0003');
    expect(await terminal.ended).toBe(130);
  });
});

describe('a command that speaks with a running node', { timeout: 60_000 }, () => {
  it.each<[what: string, args: readonly string[], code: number, words: string]>([
    ['no node there', ['--url', 'http://127.0.0.1:1'], 69, 'Does it run, with http_listen at that address?'],
    ['no URL', ['--url', '127.0.0.1:8080'], 2, 'write it as http://127.0.0.1:8080'],
    ['no such token file', ['--token-file', '/none'], 66, '--token-file: /none does not exist'],
    ['a folder for a token', ['--token-file', '/tmp'], 66, '--token-file: /tmp is a directory, not a file'],
    ['an empty token file', ['--token-file', '/dev/null'], 65, '--token-file: /dev/null has nothing in its first line'],
    ['no such list of authorities', ['--ca-list', '/none'], 66, '--ca-list: /none does not exist'],
    ['what is no certificate', ['--ca-list', import.meta.filename], 65, 'holds no certificate in PEM format'],
    ['a certificate alone', ['--certificate', '/none'], 2, '--certificate and --private-key go together'],
    [
      'what is no pod',
      ['--pod', 'a/b'],
      2,
      "option '--pod <pod>' argument 'a/b' is invalid. That is no name in Kubernetes",
    ],
    ['what is no namespace', ['--namespace', '../x'], 2, '1 to 63 lower-case letters, digits and -'],
    ['what is no release', ['--release', ''], 2, '1 to 53 lower-case letters'],
    ['no such configuration of kubectl', ['--kubeconfig', '/none'], 66, 'there is no kubeconfig /none (--kubeconfig)'],
    ['a folder for one', ['--kubeconfig', '/tmp'], 65, 'the kubeconfig /tmp (--kubeconfig) is a directory, not a file'],
    ['a wrong token', ['--token', 'wrong'], 77, 'Give its token with --token-file'],
    ['what is no token', ['--token', 'two\nlines'], 2, 'printable ASCII without blanks'],
  ])('says the next step: %s', async (_, args, code, words) => {
    const result = await kdmq('nodes', ...args);
    expect(result).toEqual({ code, output: '', errors: expect.stringContaining(words) });
    expect(result.errors).not.toContain(TOKEN);
  });

  it('names the variable that a file comes from', async () => {
    const environment = { KDMQ_URL: node.url, KDMQ_TOKEN_FILE: '/none' };
    expect(await runCommand(['nodes'], environment)).toMatchObject({
      code: 66,
      errors: expect.stringMatching(/^kdmq: KDMQ_TOKEN_FILE: \/none does not exist$/m),
    });
  });

  it('says which flag is missing, for HTTPS and for certificates of clients', async () => {
    const authority = new TestAuthority();
    const host = address();
    const { certificate, privateKey } = authority.issue(`IP:${host}`);
    const files = ['--http-tls-certificate', certificate, '--http-tls-private-key', privateKey];
    try {
      await using secure = await StartedNode.start(host, [...files, '--http-tls-client-ca', authority.caList], 'https');
      const url = ['--url', secure.url];
      expect(await runCommand(['nodes', ...url])).toMatchObject({
        code: 69,
        errors: expect.stringMatching(/certificate of https:\S+ is not trusted: [A-Z_]+\. --ca-list names a file/),
      });
      expect(await runCommand(['nodes', '--url', node.url.replace('http:', 'https:')])).toMatchObject({
        code: 69,
        errors: expect.stringContaining(`its URL begins with http://, try ${node.url}\n`),
      });
      expect(await runCommand(['nodes', '--url', secure.url.replace('https:', 'http:')])).toMatchObject({
        code: 69,
        errors: expect.stringContaining(`speaks TLS: try ${secure.url}, and --ca-list`),
      });
      const trusting = [...url, '--ca-list', authority.caList];
      expect(await runCommand(['nodes', ...trusting])).toMatchObject({
        code: 77,
        errors: expect.stringMatching(
          /\(CERTIFICATE_MISSING\)\. Show one that the node trusts with --certificate and --private-key$/m,
        ),
      });
      const others = ['--certificate', certificate, '--private-key', authority.issue('DNS:other').privateKey];
      expect(await runCommand(['nodes', ...trusting, ...others])).toMatchObject({
        code: 65,
        errors: expect.stringMatching(/^kdmq: --private-key: \S+ is not the key of \S+ \(--certificate\)$/m),
      });
      const shown = ['--certificate', certificate, '--private-key', privateKey];
      expect(await runCommand(['nodes', ...trusting, ...shown])).toMatchObject({ code: 0, errors: '' });
    } finally {
      authority.remove();
    }
  });

  it('is no trouble for kdmq config: its variables say nothing to a node', async () => {
    const result = await kdmq('config', '--server-address', 'sip:10.0.0.1:5060');
    expect(result).toMatchObject({ code: 0, output: expect.stringContaining('sip:10.0.0.1:5060') });
  });
});
