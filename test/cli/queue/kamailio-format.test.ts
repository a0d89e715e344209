import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { RedisServer } from '../../redis/redis-server.ts';
import { type CommandResult, runCommand } from '../run-command.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const PASSWORD = 'hunter2-of-kamailio';

describe.skipIf(!machineHas('redis'))('kdmq queue with a table of Kamailio', { timeout: 90_000 }, () => {
  let server: RedisServer;
  let folder: string;
  let place: readonly string[];

  beforeAll(async () => {
    const admin = { username: 'default', password: PASSWORD };
    server = await RedisServer.start({ address: nextAddress(), config: [`requirepass ${PASSWORD}`], admin });
    folder = mkdtempSync(join(tmpdir(), 'kdmq-queue-'));
    writeFileSync(join(folder, 'password'), PASSWORD);
    place = ['--format', 'kamailio', '--table', 'saved', '--password-file', join(folder, 'password')];
  });

  beforeEach(async () => {
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    await server.command('FLUSHALL');
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const queue = async (...args: string[]): Promise<CommandResult> => {
    const own = ['--data-dir', join(folder, 'data'), '--mqueue', 'name=calls;dbmode=both'];
    const result = await runCommand(['queue', ...args, ...own]);
    expect(`${result.output}${result.errors}`).not.toContain('hunter2');
    return result;
  };
  const url = (): string => `redis://${server.address}`;
  const fill = async (...values: unknown[]): Promise<void> => {
    const path = join(folder, 'in.jsonl');
    writeFileSync(path, values.map((value) => `${JSON.stringify({ key: 'k', value, due_at: 1 })}\n`).join(''));
    expect(await queue('import', 'calls', path)).toMatchObject({ code: 0 });
  };
  const rows = async (): Promise<unknown[]> => {
    const names = (await server.command('KEYS', 'saved:entry::*')) as string[];
    const found = await Promise.all(names.map((name) => server.command('HMGET', name, 'id', 'key', 'val')));
    return (found as string[][]).sort(([one], [two]) => Number(one) - Number(two));
  };

  it('exports rows with ids, behind those that are there only when it is told to', async () => {
    await fill('a', 'b');
    const { code, output, errors } = await queue('export', 'calls', '--to', url(), ...place);
    expect(code).toBe(0);
    expect(output).toMatch(/^2 items of queue calls are in table saved of redis:/);
    expect(errors).toBe('kdmq: 2 items were delayed: Kamailio serves them at once\n');
    expect(await rows()).toEqual([
      ['1', 'k', 'a'],
      ['2', 'k', 'b'],
    ]);
    const again = await queue('export', 'calls', '--to', url(), ...place);
    expect(again).toMatchObject({ code: 77, output: '', errors: expect.stringContaining('has 2 rows already') });
    expect((await queue('export', 'calls', '--to', url(), ...place, '--append')).code).toBe(0);
    expect((await rows()).at(-1)).toEqual(['4', 'k', 'b']);
  });

  it('exports nothing when an item can not be held, or leaves it out', async () => {
    await fill('a', '', { base64: 'AGE=' }, 'b');
    const refused = await queue('export', 'calls', '--to', url(), ...place);
    expect(refused).toMatchObject({ code: 65, output: '' });
    expect(refused.errors).toMatch(
      /can't hold 2 items, so nothing was written:\n {2}item \d+-2 of partition import-\S+ its value is empty/,
    );
    expect(await rows()).toEqual([]);
    const { code, errors } = await queue('export', 'calls', '--to', url(), ...place, '--skip-bad');
    expect({ code, errors }).toEqual({ code: 0, errors: expect.stringContaining('2 items were left out:') });
    expect(await rows()).toEqual([
      ['1', 'k', 'a'],
      ['2', 'k', 'b'],
    ]);
  });

  it('imports rows by their ids, all of them or none', async () => {
    for (const id of [10, 9]) await server.command('HSET', `saved:entry::${id}`, 'id', id, 'key', 'k', 'val', `v${id}`);
    const { code, errors } = await queue('import', 'calls', url(), ...place);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect((await queue('export', 'calls')).output.match(/(?<="value":")[^"]*/g)).toEqual(['v9', 'v10']);
    await server.command('HSET', 'saved:entry::11', 'id', 11, 'key', 'k');
    const half = await queue('import', 'calls', url(), ...place);
    expect(half).toMatchObject({
      code: 65,
      output: '',
      errors: expect.stringContaining('row saved:entry::11 has no val'),
    });
  });

  it('says what is wrong with the way there', async () => {
    await fill('a');
    const [format, kamailio] = place as [string, string];
    const without = await queue('export', 'calls', '--to', url(), format, kamailio);
    expect(without).toMatchObject({ code: 69, errors: expect.stringContaining('--password-file') });
    const cluster = await queue('export', 'calls', '--to', `redis+cluster://${server.address}`, ...place);
    expect(cluster).toMatchObject({ code: 2, errors: expect.stringContaining('Redis Cluster') });
    const file = await queue('import', 'calls', url(), ...place.slice(0, 4), '--password-file', '/none');
    expect(file).toMatchObject({ code: 66, errors: expect.stringContaining('/none does not exist') });
  });
});
