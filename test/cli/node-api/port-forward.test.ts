import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClusterOptions } from '../../../src/cli/node-api/cluster-options.ts';
import { NodeApi } from '../../../src/cli/node-api/node-api.ts';
import { TestAuthority } from '../../edges/sip/certificates.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { type CommandResult, runCommand, startCommand, written } from '../run-command.ts';
import { StandInApiServer, type StandInPod } from './stand-in-api-server.ts';
import { StartedNode } from './started-node.ts';

const address = await loopbackAddresses(import.meta.filename);
const TOKEN = 'a-token-of-sixteen-characters-and-more';

let folder: string;
let kubeconfig: string;
let api: StandInApiServer;
let node: StartedNode;
let secure: StartedNode;
const authority = new TestAuthority();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-forward-'));
  kubeconfig = join(folder, 'config');
  writeFileSync(join(folder, 'token'), `${TOKEN}\n`);
  const [host, secureHost] = [address(), address()];
  const { certificate, privateKey } = authority.issue('DNS:localhost');
  const tls = ['--http-tls-certificate', certificate, '--http-tls-private-key', privateKey];
  const token = ['--http-write-token-file', join(folder, 'token')];
  const queue = ['--mqueue', 'name=calls;dbmode=none'];
  node = await StartedNode.start(host, [...token, ...queue]);
  secure = await StartedNode.start(secureHost, [...token, ...tls], 'https');
  const pod = (name: string, release: string, more: Partial<StandInPod> = {}): StandInPod => ({
    ...{ name, release, namespace: 'voice', ready: true, host },
    ...more,
  });
  api = await StandInApiServer.start(address(), [
    pod('kdmq-0', 'kdmq', { ready: false }),
    pod('kdmq-2', 'kdmq', { host: address() }),
    pod('kdmq-1', 'kdmq'),
    pod('red-0', 'red', { namespace: 'two' }),
    pod('blue-0', 'blue', { namespace: 'two' }),
    pod('slow-0', 'slow', { namespace: 'slow', ready: false }),
    pod('tls-0', 'tls', { namespace: 'tls', host: secureHost, scheme: 'HTTPS' }),
  ]);
  writeFileSync(kubeconfig, api.kubeconfig());
}, 120_000);
beforeEach(() => api.forbidden.clear());
afterAll(async () => {
  await Promise.all([api, node, secure].map((one) => one?.[Symbol.asyncDispose]()));
  authority.remove();
  rmSync(folder, { recursive: true });
});

const environment = () => ({ KUBECONFIG: kubeconfig, KDMQ_TOKEN: TOKEN });
const kdmq = (...args: readonly string[]): Promise<CommandResult> => runCommand(args, environment());

describe('a command that speaks with a node in Kubernetes', { timeout: 120_000 }, () => {
  it('takes the ready pod with the first name of the only release', async () => {
    const { code, output, errors } = await kdmq('nodes', '--namespace', 'voice');
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain(`${node.uri} `);
  });

  it('carries large bodies both ways', async () => {
    const value = 'x'.repeat(700_000);
    const body = join(folder, 'body');
    writeFileSync(body, value);
    const flags = ['--kubeconfig', kubeconfig, '--context', 'voice'];
    expect(await kdmq('queue', 'add', 'calls', 'large', '--file', body, ...flags)).toMatchObject({
      code: 0,
      errors: '',
    });
    const { code, output } = await kdmq('queue', 'fetch', 'calls', '-o', 'json', ...flags);
    expect(code).toBe(0);
    expect((JSON.parse(output) as { value: string }).value).toBe(value);
  });

  it('exports, imports and lists the queues of a pod', async () => {
    const lines = join(folder, 'lines');
    writeFileSync(lines, '{"key":"a","value":"1"}\n{"key":"b","value":"2"}\n');
    const imported = await kdmq('queue', 'import', 'calls', lines, '--namespace', 'voice');
    expect(imported).toMatchObject({ code: 0, errors: '' });
    expect(imported.output).toContain(`2 items of ${lines} are in queue calls at pod kdmq-1 of namespace voice. `);
    const { output } = await kdmq('queue', 'export', 'calls', '--namespace', 'voice');
    expect(output.trimEnd().split('\n')).toEqual([
      expect.stringContaining('"key":"a"'),
      expect.stringContaining('"key":"b"'),
    ]);
    expect((await kdmq('queue', 'ls', '--namespace', 'voice')).output).toMatch(/^calls +ready +none +2 /m);
    expect((await kdmq('queue', 'clear', 'calls', '--yes', '--namespace', 'voice')).code).toBe(0);
  });

  it('follows events, and ends at a signal', async () => {
    const command = startCommand(['watch', '--namespace', 'voice'], environment());
    await written(command, '');
    await expect.poll(() => command.errors(), { timeout: 60_000 }).toContain('watching pod kdmq-1 of namespace voice');
    expect((await kdmq('queue', 'add', 'calls', 'seen', 'x', '--namespace', 'voice')).code).toBe(0);
    await written(command, ' queue ');
    command.process.kill('SIGINT');
    expect(await command.ended).toBe(0);
  });

  it('speaks TLS with a pod that serves HTTPS, whose certificate has to name localhost', async () => {
    const untrusted = await kdmq('nodes', '--namespace', 'tls');
    expect(untrusted).toMatchObject({ code: 69, errors: expect.stringContaining('--ca-list names a file') });
    const trusted = await kdmq('nodes', '--namespace', 'tls', '--ca-list', authority.caList);
    expect(trusted).toMatchObject({ code: 0, errors: '', output: expect.stringContaining(secure.uri) });
  });

  it('is not told of two nodes at once', async () => {
    const result = await kdmq('nodes', '--namespace', 'voice', '--url', 'http://127.0.0.1:1');
    expect(result).toEqual({ code: 2, output: '', errors: expect.stringContaining('not both') });
  });
});

/** Asks the node that the flags of a command mean, in this process: the client library is loaded once. */
async function ask(flags: Partial<ClusterOptions>, token = TOKEN): Promise<unknown> {
  const none = { kubeconfig: undefined, context: undefined, namespace: undefined, release: undefined, pod: undefined };
  const cluster = { ...none, environment: { KUBECONFIG: kubeconfig }, ...flags };
  const files = { tokenFile: undefined, caList: undefined, certificate: undefined, privateKey: undefined };
  const node = await NodeApi.open({ cluster, url: '', token, ...files }, new AbortController().signal);
  return node.ask({ method: 'GET', path: '/version' });
}

describe('the node that is meant', () => {
  it.each<[string, Partial<ClusterOptions>]>([
    ['by a context', { context: 'voice' }],
    ['by a pod, ready or not', { pod: 'kdmq-0' }],
    ['by a release', { namespace: 'two', release: 'red' }],
  ])('is found %s', async (_, flags) => {
    expect(await ask(flags)).toMatchObject({ name: 'kdmq' });
  });

  it.each<[what: string, flags: Partial<ClusterOptions>, exitCode: number, words: string]>([
    ['no such context', { context: 'nowhere' }, 66, 'no context "nowhere": the kubeconfig has voice, other'],
    ['no such kubeconfig', { kubeconfig: '/none' }, 66, 'there is no kubeconfig /none (--kubeconfig)'],
    ['no kubeconfig at all', { environment: { HOME: '/none' } }, 66, 'name one with --kubeconfig or KUBECONFIG'],
    ['wrong credentials', { context: 'other' }, 77, 'does kubectl work with it?'],
    ['no release there', { namespace: 'empty' }, 66, 'is it another one (--namespace)'],
    ['several releases', { namespace: 'two' }, 2, 'name one with --release (blue, red)'],
    ['no such release', { release: 'green' }, 66, 'no release "green": it has kdmq'],
    ['no such pod', { pod: 'kdmq-9' }, 66, 'kubectl get pods shows which there are'],
    ['no pod that is ready', { namespace: 'slow' }, 69, '--pod takes one that is not ready'],
    ['nobody at the port', { pod: 'kdmq-2' }, 69, 'kubectl --namespace voice logs kdmq-2'],
  ])('is not found, and the next step is said: %s', async (_, flags, exitCode, words) => {
    await expect(ask(flags)).rejects.toMatchObject({ exitCode, message: expect.stringContaining(words) });
  });

  it('wants a token, and it is said where that is', async () => {
    const message = expect.stringContaining('get secret kdmq-http');
    await expect(ask({ context: 'voice' }, 'wrong')).rejects.toMatchObject({ exitCode: 77, message });
  });

  it.each<[right: string, flags: Partial<ClusterOptions>, words: string]>([
    ['list pods', {}, 'with --pod it needs get of pods only'],
    ['get pods', { pod: 'kdmq-1' }, 'has to allow get of pods'],
    ['portforward', {}, 'has to allow get and create of pods/portforward of namespace voice'],
  ])('can not be reached without a right, which is named: %s', async (right, flags, words) => {
    api.forbidden.add(right);
    const refused = ask({ context: 'voice', ...flags });
    await expect(refused).rejects.toMatchObject({ exitCode: 77, message: expect.stringContaining(words) });
  });
});
