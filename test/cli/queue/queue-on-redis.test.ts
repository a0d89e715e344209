import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { RedisServer } from '../../redis/redis-server.ts';
import { startNode } from '../../running-node.ts';
import { type CommandResult, runCommand } from '../run-command.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const PASSWORD = 'hunter2-of-kdmq';

interface Row {
  readonly partition: string;
  readonly owner: string | null;
  readonly items: number;
  readonly state: string;
}

describe.skipIf(!machineHas('redis'))('kdmq queue on queues in Redis', { timeout: 90_000 }, () => {
  let server: RedisServer;
  let folder: string;
  let config: string;

  beforeAll(async () => {
    const admin = { username: 'default', password: PASSWORD };
    server = await RedisServer.start({ address: nextAddress(), config: [`requirepass ${PASSWORD}`], admin });
    folder = mkdtempSync(join(tmpdir(), 'kdmq-queue-'));
    config = join(folder, 'kdmq.yaml');
    writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
    writeFileSync(
      config,
      JSON.stringify({
        mqueue: ['name=calls;dbmode=both'],
        db_url: `redis://${server.address}:6379/2`,
        db_password_file: join(folder, 'password'),
        cluster_name: 'test',
        data_dir: folder,
      }),
    );
  });

  beforeEach(() => server.command('FLUSHALL'));

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const queue = async (args: readonly string[], environment?: Record<string, string>): Promise<CommandResult> => {
    const result = await runCommand(['queue', ...args], environment);
    expect(`${result.output}${result.errors}`).not.toContain('hunter2');
    return result;
  };
  const importInto = async (partition: string, values: readonly string[]): Promise<string> => {
    const path = join(folder, 'import.jsonl');
    writeFileSync(path, values.map((value) => `${JSON.stringify({ key: 'k', value })}\n`).join(''));
    const { code, output, errors } = await queue(['import', 'calls', path, '-c', config, '--partition', partition]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    return /import-[\w.]+-\w+/.exec(output)?.[0] ?? '';
  };
  const rows = async (): Promise<Row[]> => {
    const { code, output } = await queue(['ls', '-o', 'json', '-c', config]);
    expect(code).toBe(0);
    return JSON.parse(output) as Row[];
  };
  const valuesOf = (output: string): string[] => output.match(/(?<="value":")[^"]*/g) ?? [];

  it('finds them by the configuration of the nodes: file, environment and flags', async () => {
    const partition = await importInto('0', ['a', 'b']);
    const url = `redis://${server.address}/2`;
    const environment = { KDMQ_DB_URL: url, KDMQ_DB_PASSWORD: PASSWORD, KDMQ_CLUSTER_NAME: 'test' };
    const flags = ['--db-url', url, '--db-password-file', join(folder, 'password'), '--cluster-name', 'test'];
    for (const { output } of [
      await queue(['export', 'calls', '-c', config]),
      await queue(['export', 'calls'], environment),
      await queue(['export', 'calls', ...flags]),
    ]) {
      expect(valuesOf(output)).toEqual(['a', 'b']);
    }
    expect(await rows()).toMatchObject([{ partition, owner: null, items: 2, state: 'waits' }]);
  });

  it('are taken on by the node that runs, behind what it has', async () => {
    const settings = {
      mqueue: ['name=calls;dbmode=both'],
      db_url: `redis://:${PASSWORD}@${server.address}:6379/2`,
      cluster_name: 'test',
      partition: '0',
      data_dir: folder,
    };
    await using running = await startNode({ server_address: `sip:${nextAddress()}`, ...settings });
    const calls = running.node.queues.get('calls');
    await running.node.queues.ready();
    await calls.add('k', 'own');
    const imported = await importInto('0', ['imported 1', 'imported 2']);
    await expect.poll(() => calls.size(), { timeout: 30_000 }).toBe(3);
    expect(await rows()).toMatchObject([
      { partition: '0', state: 'served' },
      { partition: imported, state: 'served', owner: expect.any(String) },
    ]);
    const fetched = [await calls.fetch(), await calls.fetch(), await calls.fetch()];
    expect(fetched.map((item) => item?.valueText())).toEqual(['own', 'imported 1', 'imported 2']);
    await running.stop();
    expect(await rows()).toEqual([]);
  });

  it('lets a node that starts serve what another one has left behind', async () => {
    const settings = {
      mqueue: ['name=calls;dbmode=both'],
      db_url: `redis://:${PASSWORD}@${server.address}:6379/2`,
      cluster_name: 'test',
      data_dir: folder,
    };
    const gone = await startNode({ server_address: `sip:${nextAddress()}`, ...settings, partition: '1' });
    await gone.node.queues.ready();
    await gone.node.queues.get('calls').add('k', 'left behind');
    await gone.stop();
    const { code, output } = await queue(['adopt', 'calls', '--from', '1', '--to', '0', '-c', config]);
    expect({ code, output }).toEqual({
      code: 0,
      output: expect.stringContaining('with 1 item, is assigned to partition 0'),
    });
    await using heir = await startNode({ server_address: `sip:${nextAddress()}`, ...settings, partition: '0' });
    const calls = heir.node.queues.get('calls');
    await expect.poll(() => calls.size(), { timeout: 30_000 }).toBe(1);
    expect((await calls.fetch())?.valueText()).toBe('left behind');
  });

  it('says what is wrong with the way there', async () => {
    const url = (address: string): string[] => ['--db-url', `redis://:${PASSWORD}x@${address}:6379/2`];
    const wrongPassword = await queue(['ls', ...url(server.address)]);
    expect(wrongPassword).toMatchObject({ code: 69, output: '' });
    expect(wrongPassword.errors).toContain('user or password is wrong: look at db_username, db_password');
    const nobody = await queue(['ls', ...url(nextAddress())]);
    expect(nobody).toMatchObject({ code: 69, output: '', errors: expect.stringContaining('ECONNREFUSED') });
    const sql = await queue(['ls', '--db-url', `mysql://kamailio:${PASSWORD}@localhost/kamailio`]);
    expect(sql).toMatchObject({ code: 78, output: '' });
    expect(sql.errors).toContain('kdmq queue import');
  });
});
