import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { startNode } from '../../running-node.ts';
import { sees } from '../../waiting.ts';
import { runCommand } from '../run-command.ts';
import { doctor } from './doctor-run.ts';

const address = await loopbackAddresses(import.meta.filename);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kdmq-doctor-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('kdmq doctor', { timeout: 120_000 }, () => {
  it('finds nothing wrong with a bus that is whole, beside a node that runs', async () => {
    await using one = await startNode({ server_address: `sip:${address()}:5060` });
    await using two = await startNode({ server_address: `sip:${address()}:5060`, notification_address: one.uri });
    await sees(one, [two.uri]);
    const { code, output } = await runCommand([
      'doctor',
      '--server-address',
      two.uri,
      '--notification-address',
      one.uri,
      '--http-listen',
      'off',
    ]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/^ok +names: [0-9.]+ leads to 1 address$/m);
    expect(output).toMatch(/^ok +sockets: udp:[0-9.:]+ is in use/m);
    for (const uri of [one.uri, two.uri]) expect(output).toContain(`nodes: ${uri} answers 200 OK`);
    expect(output).toMatch(/^ok +bus: 2 nodes on one bus$/m);
    expect(output).toMatch(/nothing is wrong\n$/);
    expect(one.active()).toEqual([two.uri]);
  });

  it('does not ask an address of its own pod on which its node does not listen', async () => {
    const [own, second] = [address(), address()];
    await using node = await startNode({ server_address: `sip:${own}:5060` });
    const flags = ['doctor', '--http-listen', 'off', '--notification-address', `${node.uri} sip:${second}:5060`];
    const inPod = await runCommand(flags, { POD_IP: own, POD_IPS: `${own},${second}` });
    expect(inPod.code, inPod.output).toBe(0);
    expect(inPod.output).not.toMatch(/^error/m);
    const elsewhere = await runCommand(flags, { POD_IP: own, POD_IPS: own });
    expect(elsewhere.output).toContain(`sip:${second}:5060: no answer`);
  });

  it('sees a bus that is split', async () => {
    await using one = await startNode({ server_address: `sip:${address()}:5060` });
    await using two = await startNode({ server_address: `sip:${address()}:5060` });
    const { code, findings } = await doctor([
      ...['--server-address', `sip:${address()}:5060`, '--notification-address', `${one.uri} ${two.uri}`],
    ]);
    expect(code).toBe(69);
    expect(findings.find(({ check }) => check === 'bus')).toEqual({
      check: 'bus',
      level: 'error',
      what: `the bus is split into 2 parts: ${one.uri} | ${two.uri}`,
      next: expect.stringContaining('joins them'),
    });
  });

  it('names each thing that is wrong, and what to do', async () => {
    const silent = `sip:${address()}:5060`;
    const { code, findings } = await doctor([
      ...['--server-address', 'sip:192.0.2.1:5060', '--notification-address', `${silent} sip:nobody.invalid`],
      ...['--mqueue', 'name=a;dbmode=both', '--db-url', `redis://${address()}`, '--db-connect-timeout', '1'],
    ]);
    expect(code).toBe(69);
    const errors = findings.filter(({ level }) => level === 'error');
    expect(errors).toEqual([
      expect.objectContaining({ check: 'names', what: expect.stringContaining('nobody.invalid leads to 0 addresses') }),
      expect.objectContaining({ check: 'sockets', next: expect.stringContaining('No interface of this machine') }),
      expect.objectContaining({ check: 'sockets', what: expect.stringContaining('tcp:192.0.2.1:5060') }),
      expect.objectContaining({ check: 'nodes', what: expect.stringContaining(`${silent}: no answer within 2 s`) }),
      expect.objectContaining({ check: 'store', next: expect.stringContaining('See db_url') }),
    ]);
  });

  it.each([
    ['a folder that is there', () => folder, 'ok'],
    ['a folder that can not be made', () => '/none/of/it', 'error'],
  ])('looks at the folder of queues: %s', async (_, data, level) => {
    const flags = ['--server-address', `sip:${address()}:5060`, '--mqueue', 'name=a;dbmode=both', '--data-dir', data()];
    const { findings } = await doctor(flags);
    expect(findings.filter(({ check }) => check === 'store')).toEqual([expect.objectContaining({ level })]);
  });

  it('says that no node runs here, where nothing else is wrong', async () => {
    const flags = ['--server-address', `sip:${address()}:5060`, '--http-listen', 'off'];
    const { code, output } = await runCommand(['doctor', ...flags]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/^ok +sockets: no node of this configuration runs here$/m);
    expect(output).toMatch(/^nothing is wrong, and no node of this configuration runs here\n$/m);
  });

  it('finds it wrong that a node has no address, without which it does not start', async () => {
    const { code, of } = await doctor([]);
    expect(code).toBe(69);
    expect(of('sockets')).toEqual([
      {
        check: 'sockets',
        level: 'error',
        what: expect.stringContaining('server_address is not set'),
        next: expect.stringContaining('exit code 78'),
      },
    ]);
  });

  it('finds the queues of another node that lives, which a start would take away', async () => {
    const uri = `sip:${address()}:5060`;
    const data = join(folder, 'of-another');
    await using node = await startNode({ server_address: uri, data_dir: data, mqueue: 'name=lim;durability=always' });
    await node.node.queues.ready();
    const look = (server: string) =>
      doctor(['--server-address', server, '--data-dir', data, '--mqueue', 'name=lim;durability=always']);
    const another = await look(`sip:${address()}:5060`);
    expect(another.code).toBe(69);
    expect(another.of('store')).toEqual([
      expect.objectContaining({ level: 'ok' }),
      {
        check: 'store',
        level: 'error',
        what: expect.stringMatching(
          /^partition \S+ of queue lim is that of \S+, which gave a sign of life \d+ s ago and is not the node of this configuration: a start here takes the queue from it$/,
        ),
        next: expect.stringContaining('Give this node a partition, a data_dir or a cluster_name of its own.'),
      },
    ]);
    const its = await look(uri);
    expect(its.of('store')).toEqual([expect.objectContaining({ level: 'ok' })]);
  });

  it('says where to look instead when it is given the URL of a node', async () => {
    const result = await runCommand(['doctor', '--url', 'http://10.0.0.7:8080']);
    expect(result).toEqual({
      code: 2,
      output: '',
      errors: expect.stringMatching(/^error: --url is not for doctor, .* kdmq nodes --url URL/),
    });
    expect((await runCommand(['doctor', '--help'])).output).not.toContain('--url ');
  });

  it('ends with 78 when the configuration is wrong', async () => {
    const result = await runCommand(['doctor', '--ping-interval', '10s']);
    expect(result).toEqual({ code: 78, output: '', errors: expect.stringContaining('ping_interval: "10s"') });
  });
});
