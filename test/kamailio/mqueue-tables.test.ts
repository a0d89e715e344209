import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandResult, runCommand } from '../cli/run-command.ts';
import { loopbackAddresses } from '../loopback.ts';
import { kamailioSidFolder, machineHas } from '../machine.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { type Kamailio, startKamailio } from './kamailio.ts';
import type { KamailioVersion } from './launch.ts';
import { sipRequest } from './sip-request.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);

type Pair = readonly [key: string, value: string | Buffer];

const pairs: readonly Pair[] = [
  ['alice', 'first'],
  ['alice', 'second'],
  ['bob', 'a:b {"json":"\\"}'],
  ['schlüssel', 'Grüße 👋'],
  ['bytes', Buffer.from([0x61, 0xff, 0xfe, 0x62])],
];
const shown = ([key, value]: Pair): [string, unknown] => [
  key,
  typeof value === 'string' ? value : { base64: value.toString('base64') },
];

const versions: readonly KamailioVersion[] = ['5.6', '6.1'];

for (const version of versions) {
  describe.skipIf(!machineHas('redis', `kamailio-${version}`))(`the mqueue of Kamailio ${version} in Redis`, () => {
    let server: RedisServer;
    let folder: string;
    let schema: string;
    let database: string;

    beforeEach(async () => {
      server = await RedisServer.start({ address: nextAddress() });
      database = `redis://${server.address}:6379/3`;
      folder = mkdtempSync(join(tmpdir(), 'kdmq-tables-'));
      // Kamailio 6.1 lives in a root of its own. No version brings a schema for tables of mqueue.
      const root = version === '6.1' ? kamailioSidFolder : '/';
      schema = mkdtempSync(join(root, tmpdir(), 'kdmq-schema-'));
      writeFileSync(join(schema, 'version'), 'table_name/string,table_version/int\n1\n');
      writeFileSync(join(schema, 'calls'), 'id/int,key/string,val/string\n1\n');
      mkdirSync(join(folder, 'data'));
    });

    afterEach(async () => {
      await server.stop();
      for (const each of [folder, schema]) rmSync(each, { recursive: true });
    });

    const kamailioWith = (keys: string): Promise<Kamailio> => {
      const inside = version === '6.1' ? schema.slice(kamailioSidFolder.length) : schema;
      const lines = [
        '#!define MQUEUE',
        'loadmodule "db_redis.so"',
        'loadmodule "mqueue.so"',
        `modparam("db_redis", "schema_path", "${inside}")`,
        `modparam("db_redis", "keys", "version=entry:table_name;calls=${keys}")`,
        `modparam("mqueue", "db_url", "${database}")`,
        'modparam("mqueue", "mqueue", "name=calls;size=0;dbmode=1")',
      ];
      return startKamailio({ version, address: nextAddress(), extraConfig: lines.join('\n') });
    };
    const add = async ({ address }: Kamailio, [key, body]: Pair): Promise<void> => {
      const headers = [['X-Key', key] as const];
      expect(await sipRequest({ method: 'NOTIFY', address, user: 'queue', body, headers })).toBe(200);
    };
    const fetchAll = async (kamailio: Kamailio): Promise<[string, string][]> => {
      const [{ size }] = (await kamailio.rpc('mqueue.get_sizes')) as [{ size: number }];
      const found: [string, string][] = [];
      for (let left = size; left > 0; left--) {
        const { key, val } = (await kamailio.rpc('mqueue.fetch', 'calls')) as { key: string; val: string };
        found.push([key, val]);
      }
      return found.sort();
    };
    const queue = (...args: string[]): Promise<CommandResult> =>
      runCommand(['queue', ...args, '--data-dir', join(folder, 'data'), '--mqueue', 'name=calls;dbmode=both']);
    const exported = async (): Promise<[unknown, unknown][]> => {
      const { output } = await queue('export', 'calls');
      const lines = output.split('\n').filter((line) => line !== '');
      return lines
        .map((line) => JSON.parse(line) as { key: unknown; value: unknown })
        .map(({ key, value }) => [key, value]);
    };

    it.each(['entry:key,val&k:key', 'entry:key,val'])(
      'is imported as it was saved at a stop (keys %s)',
      async (keys) => {
        await using kamailio = await kamailioWith(keys);
        for (const pair of pairs) await add(kamailio, pair);
        expect(await kamailio.stop()).toBe(true);
        const { code, output, errors } = await queue('import', 'calls', database, '--format', 'kamailio');
        expect(code).toBe(0);
        expect(output).toMatch(/^5 items for queue calls are in /);
        expect(output).toContain('The rows are still in table calls');
        expect(errors).toContain('5 rows have no id, as Kamailio writes them: nobody knows the order');
        expect(sorted(await exported())).toEqual(sorted(pairs.map(shown)));
      },
    );

    it('reads what was exported at its next start, and takes it out of the table', async () => {
      const lines = pairs.map(shown).map(([key, value]) => `${JSON.stringify({ key, value })}\n`);
      writeFileSync(join(folder, 'in.jsonl'), lines.join(''));
      await queue('import', 'calls', join(folder, 'in.jsonl'));
      const { code, output, errors } = await queue('export', 'calls', '--format', 'kamailio', '--to', database);
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      expect(output).toMatch(/^5 items of queue calls are in table calls of redis:\S+\n.*in no order that anybody/);
      await using kamailio = await kamailioWith('entry:key,val&k:key');
      const latin = pairs.map(([key, value]): [string, string] => [key, value.toString()]);
      expect(await fetchAll(kamailio)).toEqual(latin.sort());
      expect(await server.command('DBSIZE')).toBe(0);
      const again = await queue('import', 'calls', database, '--format', 'kamailio');
      expect(again).toMatchObject({ code: 66, errors: expect.stringContaining('no row of a table calls in redis:') });
    });

    it('is imported as it was saved over what was exported before', async () => {
      writeFileSync(join(folder, 'in.jsonl'), '{"key":"ours","value":"1"}\n');
      await queue('import', 'calls', join(folder, 'in.jsonl'));
      await queue('export', 'calls', '--format', 'kamailio', '--to', database);
      const kamailio = await kamailioWith('entry:key,val&k:key');
      await add(kamailio, ['theirs', '2']);
      await kamailio.stop();
      const table = await queue('import', 'calls', database, '--format', 'kamailio');
      expect(table.output).toMatch(/^2 items/);
      expect(sorted(await exported())).toEqual([
        ['ours', '1'],
        ['ours', '1'],
        ['theirs', '2'],
      ]);
    });
  });
}

function sorted<T>(pairs: readonly T[]): T[] {
  return [...pairs].sort((one, two) => (JSON.stringify(one) < JSON.stringify(two) ? -1 : 1));
}
