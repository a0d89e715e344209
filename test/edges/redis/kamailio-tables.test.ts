import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type KamailioRow,
  KamailioTables,
  type RowReading,
  rowProblem,
} from '../../../src/edges/redis/kamailio-tables.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { bytes, text } from '../../queues/store-content.ts';
import { RedisServer } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const row = (key: string, value: string): KamailioRow => ({ key: bytes(key), value: bytes(value) });

describe.skipIf(!machineHas('redis'))("tables of Kamailio's mqueue in Redis", () => {
  let server: RedisServer;
  let tables: KamailioTables;

  beforeAll(async () => {
    server = await RedisServer.start({ address: nextAddress() });
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    await server.command('FLUSHALL');
    tables = new KamailioTables({
      url: server.url,
      connectTimeoutMs: 2000,
      commandTimeoutMs: 2000,
      replicas: 0,
      clock: new SystemClock(),
      log: new MemoryLog(),
    });
    await tables.open(new AbortController().signal);
  });

  afterEach(() => tables.close());

  const put = (name: string, ...fields: string[]): Promise<unknown> => server.command('HSET', name, ...fields);
  const readings = async (table: string): Promise<RowReading[]> => {
    const found: RowReading[] = [];
    for await (const part of tables.read(await tables.find(table))) found.push(...part);
    return found;
  };
  const valuesOf = async (table: string): Promise<(string | undefined)[]> =>
    (await readings(table)).map((reading) => reading.row && text(reading.row.value));

  it('are read by their ids as numbers; rows without one come behind, by their names', async () => {
    for (const id of [10, 9, 100]) await put(`calls:entry::x${id}`, 'id', String(id), 'key', 'k', 'val', `v${id}`);
    await put('calls:entry::b', 'key', 'k', 'val', 'second');
    await put('calls:entry::a', 'key', 'k', 'val', 'first');
    await put('calls:entry::c', 'id', 'x', 'key', 'k', 'val', 'third');
    expect(await tables.find('calls')).toMatchObject({ unordered: 3, highestId: 100 });
    expect(await valuesOf('calls')).toEqual(['v9', 'v10', 'v100', 'first', 'second', 'third']);
  });

  it('are those of one name: neither others nor the sets of db_redis, and no pattern', async () => {
    await put('calls:entry::1', 'key', 'k', 'val', 'ours');
    for (const name of ['calls2:entry::1', 'xcalls:entry::1', 'calls:other::1', 'c*s:entry::1', 'c[a]s:entry::1']) {
      await put(name, 'key', 'k', 'val', name);
    }
    await server.command('SADD', 'calls::index::k', 'calls:k::v');
    expect(await valuesOf('calls')).toEqual(['ours']);
    expect(await valuesOf('c*s')).toEqual(['c*s:entry::1']);
    expect(await valuesOf('c[a]s')).toEqual(['c[a]s:entry::1']);
    expect(await valuesOf('c?lls')).toEqual([]);
  });

  it('say which row is none, and why', async () => {
    await put('calls:entry::1', 'key', 'k');
    await put('calls:entry::2', 'val', 'v');
    await put('calls:entry::3', 'id', '3');
    await server.command('SADD', 'calls:entry::4', 'x');
    const problems = (await readings('calls')).map(({ entry, problem }) => `${entry} ${problem}`);
    expect(problems.sort()).toEqual([
      'calls:entry::1 has no val',
      'calls:entry::2 has no key',
      'calls:entry::3 has no key and val',
      'calls:entry::4 is no hash',
    ]);
  });

  it('keep the bytes of many rows, and their order', async () => {
    const rows = Array.from({ length: 1_234 }, (_, index) => ({
      key: Uint8Array.of(255, index >> 8, index & 255),
      value: bytes(`v${index}`),
    }));
    await tables.write('calls', 'abc', 7, rows.slice(0, 1_000));
    await tables.write('calls', 'abc', 1_007, rows.slice(1_000));
    expect(await tables.find('calls')).toMatchObject({ unordered: 0, highestId: 1_240 });
    const found = (await readings('calls')).map((reading) => reading.row!);
    expect(found.map(({ key, value }) => [...key, text(value)])).toEqual(
      rows.map(({ key, value }) => [...key, text(value)]),
    );
  });

  it('lose what is taken back, and nothing else', async () => {
    await tables.write('calls', 'abc', 1, [row('k', 'a'), row('k', 'b'), row('k', 'c')]);
    await tables.write('calls', 'other', 4, [row('k', 'd')]);
    await tables.remove('calls', 'abc', 2, 2);
    expect(await valuesOf('calls')).toEqual(['a', 'd']);
    await tables.remove('calls', 'abc', 1, 0);
    expect(await valuesOf('calls')).toEqual(['a', 'd']);
  });

  it('that can not be written say why', async () => {
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await expect(tables.write('calls', 'abc', 1, [row('k', 'a')])).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    tables.close();
    await expect(tables.find('calls')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('what Kamailio can not keep', () => {
  it.each([
    [row('k', 'v'), undefined],
    [row('', 'v'), 'its key is empty'],
    [row('k', ''), 'its value is empty'],
    [row('k', 'a\0b'), 'its value holds a NUL byte'],
    [row('\0', 'v'), 'its key holds a NUL byte'],
  ])('%o: %s', (each, problem) => {
    if (problem === undefined) expect(rowProblem(each)).toBeUndefined();
    else expect(rowProblem(each)).toContain(problem);
  });
});
