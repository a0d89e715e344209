import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFileStore } from '../edges/file/file-store-under-test.ts';
import { machineHas } from '../machine.ts';
import { openStore } from '../redis/open-store.ts';
import { RedisServer } from '../redis/redis-server.ts';
import { measureApi, measureDurableAdds } from './api-rates.ts';
import { measureCore, measureCoreMemory, measureUniqueAdds } from './core.ts';
import { items, measureKamailio, moreUnique, uniqueItems } from './kamailio-mqueue.ts';
import { measureRedisBenchmark, measureStore } from './stored-million.ts';

/** The queue part of `make bench`: prints tables and ends with 1 when a bar is missed. */
const bars = { overKamailio: 5, uniqueOverKamailio: 100, redisBenchmark: 2 };
const rounds = 3;
const addresses = { node: '127.7.2.1', redis: '127.7.2.2', '5.6': '127.7.2.3', '6.1': '127.7.2.4' } as const;
const missed: string[] = [];

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function row(what: string, ...cells: readonly string[]): void {
  console.log(`| ${what.padEnd(44)} | ${cells.map((cell) => cell.padStart(14)).join(' | ')} |`);
}

function bar(what: string, holds: boolean): void {
  if (!holds) missed.push(what);
}

console.log(
  `Queues, values of 256 bytes; ${cpus().length} x ${cpus()[0]?.model.trim()}, in memory the best of some rounds, else the median of ${rounds}`,
);
const memory = measureCoreMemory('append', 1_000_000, 256);
const million = (['append', 'keep_old', 'replace'] as const).map((mode) => measureCore(mode, 1_000_000, rounds));
const asKamailio = measureCore('append', items, 10);
const few = measureCore('replace', uniqueItems, 100);
const uniqueAdds = measureUniqueAdds(uniqueItems, moreUnique, 200);
const api = await measureApi(addresses.node);

row('in memory', 'adds/s', 'again/s', 'fetches/s');
for (const { mode, adds, repeatedAdds, fetches } of million)
  row(`1 million items, ${mode}`, whole(adds), whole(repeatedAdds), whole(fetches));
row(`${whole(items)} items, append`, whole(asKamailio.adds), whole(asKamailio.repeatedAdds), whole(asKamailio.fetches));
row(`${whole(uniqueItems)} items, replace`, whole(few.adds), whole(few.repeatedAdds), whole(few.fetches));
row(`adds of new keys to ${whole(uniqueItems)} items, replace`, whole(uniqueAdds), '', '');
row('node.queues, awaited one by one', whole(api.adds), '', whole(api.fetches));
console.log(`memory of an item: ${whole(memory.residentBytes)} bytes, of which ${memory.recordBytes} are its record\n`);

for (const version of ['5.6', '6.1'] as const) {
  if (!machineHas(`kamailio-${version}`)) continue;
  const runs = [];
  for (let round = 0; round < rounds; round++) runs.push(await measureKamailio(version, addresses[version]));
  const adds = Math.max(...runs.map((run) => run.adds));
  const fetches = Math.max(...runs.map((run) => run.fetches));
  const unique = Math.max(...runs.map((run) => run.uniqueAdds));
  const uniqueRatio = uniqueAdds / unique;
  // An item costs an add and a fetch.
  const itemRatio = (1 / adds + 1 / fetches) / (1 / asKamailio.adds + 1 / asKamailio.fetches);
  row(`kamailio ${version} mqueue: add, unique, fetch`, whole(adds), whole(unique), whole(fetches));
  const ratios = [asKamailio.adds / adds, uniqueRatio, asKamailio.fetches / fetches];
  row('kdmq to that', ...ratios.map((ratio) => `x ${ratio.toFixed(1)}`));
  console.log(`an item through the queue, added and fetched: x ${itemRatio.toFixed(1)}`);
  bar(`items ${bars.overKamailio} x Kamailio ${version}`, itemRatio >= bars.overKamailio);
  bar(`unique adds ${bars.uniqueOverKamailio} x Kamailio ${version}`, uniqueRatio >= bars.uniqueOverKamailio);
}

async function million256(): Promise<void> {
  const redis = await RedisServer.start({ address: addresses.redis, config: ['appendonly no', 'save ""'] });
  const files = await makeFileStore();
  const store = await openStore({ kind: 'redis', host: addresses.redis, port: 6379, tls: false, db: 0 });
  try {
    const times = { bench: [], redis: [], files: [] } as Record<string, { save: number; load: number }[]>;
    for (let round = 0; round < rounds; round++) {
      times.bench!.push(measureRedisBenchmark(addresses.redis));
      times.redis!.push(await measureStore(store, round));
      times.files!.push(await measureStore(files.store, round));
    }
    const median = (name: string, part: 'save' | 'load'): number => middle(times[name]!.map((time) => time[part]));
    row('1 million items of 256 bytes', 'save s', 'load s', '', '');
    for (const [name, shown] of [
      ['bench', 'redis-benchmark RPUSH -P 64, LRANGE -P 4'],
      ['redis', 'Redis store'],
      ['files', 'file store'],
    ] as const) {
      const [save, load] = [median(name, 'save'), median(name, 'load')];
      const [saves, loads] = [save / median('bench', 'save'), load / median('bench', 'load')];
      row(shown, save.toFixed(2), load.toFixed(2), `x ${saves.toFixed(2)}`, `x ${loads.toFixed(2)}`);
      if (name !== 'redis') continue;
      bar(`save at most ${bars.redisBenchmark} x redis-benchmark`, saves <= bars.redisBenchmark);
      bar(`load at most ${bars.redisBenchmark} x redis-benchmark`, loads <= bars.redisBenchmark);
    }
  } finally {
    await store.close();
    await files.destroy();
    await redis.stop();
  }
}

async function durable(): Promise<void> {
  row('adds/s with durability always', '1 producer', '64 producers');
  for (const appendfsync of ['everysec', 'always']) {
    const redis = await RedisServer.start({ address: addresses.redis, config: [`appendfsync ${appendfsync}`] });
    try {
      const url = { db_url: `redis://${addresses.redis}` };
      const rates = [
        await measureDurableAdds(addresses.node, url, 1),
        await measureDurableAdds(addresses.node, url, 64),
      ];
      row(`Redis, appendfsync ${appendfsync}`, ...rates.map(whole));
    } finally {
      await redis.stop();
    }
  }
  for (const data_fsync of ['everysec', 'always']) {
    const folder = mkdtempSync(join(tmpdir(), 'kdmq-bench-'));
    const files = { db_url: `file:${folder}`, data_fsync };
    const rates = [
      await measureDurableAdds(addresses.node, files, 1),
      await measureDurableAdds(addresses.node, files, 64),
    ];
    row(`files, data_fsync ${data_fsync}`, ...rates.map(whole));
    rmSync(folder, { recursive: true });
  }
}

console.log();
if (machineHas('redis')) await million256();
console.log();
if (machineHas('redis')) await durable();
for (const what of missed) console.log(`missed: ${what}`);
process.exitCode = missed.length === 0 ? 0 : 1;
