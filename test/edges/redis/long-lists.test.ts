import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisQueueStore } from '../../../src/edges/redis/redis-queue-store.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { loopbackAddresses } from '../../loopback.ts';
import { machineHas } from '../../machine.ts';
import { address } from '../../queues/store-content.ts';
import { aclUser } from '../../redis/acl-user.ts';
import { again, failure } from '../../redis/again.ts';
import { openStore } from '../../redis/open-store.ts';
import { RedisServer } from '../../redis/redis-server.ts';

const nextAddress = await loopbackAddresses(import.meta.filename);
const count = 12_000;
const recordBytes = 1_024;
const page = 1_000;

/** Records that name their position, well over what is read over the connection of all calls. */
const records = Array.from({ length: count }, (_, index) => {
  const bytes = new Uint8Array(recordBytes).fill(index & 255);
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
});

const positionOf = (record: Uint8Array): number =>
  new DataView(record.buffer, record.byteOffset, record.length).getUint32(0);

async function stageAll(store: RedisQueueStore, claim: PartitionClaim): Promise<PartitionClaim> {
  for (let at = 0; at < count; at += page) await store.stage(claim, 's1', at, records.slice(at, at + page));
  return store.commit(claim, { saveId: 's1', count, mode: 'replace', journalEnd: 0 });
}

describe.skipIf(!machineHas('redis'))('a long list', () => {
  let server: RedisServer;
  let store: RedisQueueStore;
  let claim: PartitionClaim;

  beforeAll(async () => {
    server = await RedisServer.start({ address: nextAddress() });
  });

  beforeEach(async () => {
    await server.command('FLUSHALL');
    store = await openStore(server.url);
    claim = await stageAll(store, await store.claim(address(), 'one'));
  });

  afterEach(() => store.close());

  afterAll(() => server.stop());

  /** Ids of the store's connections, the one of all calls first. */
  const connections = async (): Promise<number[]> => {
    const clients = String(await server.command('CLIENT', 'LIST', 'TYPE', 'normal')).split('\n');
    return clients
      .filter((line) => line.includes(' name=kdmq '))
      .map((line) => Number(/^id=(\d+)/.exec(line)![1]))
      .sort((one, other) => one - other);
  };

  /** Reads pages from a position on until `end`, each again when its connection is lost. */
  const readTo = async (end: number, from = 0, to: Uint8Array[] = []): Promise<Uint8Array[]> => {
    while (from + to.length < end) to.push(...(await again(() => store.read(claim, from + to.length, page))));
    return to;
  };

  it('is read over a connection of its own, which is closed behind it', async () => {
    const read = await readTo(3 * page);
    expect(await connections()).toHaveLength(2);
    await readTo(count, 0, read);
    expect(read.map(positionOf)).toEqual(records.map(positionOf));
    expect(read.every((record, index) => record.length === recordBytes && record[9] === (index & 255))).toBe(true);
    await expect.poll(connections, { timeout: 5_000 }).toHaveLength(1);
  });

  it('is read anew from elsewhere', async () => {
    await readTo(2 * page);
    const read = await readTo(count, 7 * page);
    expect(read.map(positionOf)).toEqual(records.slice(7 * page).map(positionOf));
  });

  it('is read by who only looks', async () => {
    const snapshot = (await store.inspect(address()))!;
    const read: Uint8Array[] = [];
    while (read.length < count) read.push(...(await store.peek(snapshot, 'items', read.length, page)));
    expect(read.map(positionOf)).toEqual(records.map(positionOf));
  });

  it('goes on where it was after its connection was lost', async () => {
    const read = await readTo(3 * page);
    const [, own] = await connections();
    expect(await server.command('CLIENT', 'KILL', 'ID', own!)).toBe(1);
    await readTo(count, 0, read);
    expect(read.map(positionOf)).toEqual(records.map(positionOf));
  });

  describe('of a user with no more than the rights that queues need', () => {
    let other: RedisQueueStore;
    let next: PartitionClaim;

    beforeEach(async () => {
      const [, ...rules] = aclUser('reader', 'secret').split(' ').slice(1);
      await server.command('ACL', 'SETUSER', 'reader', ...rules);
      other = await openStore({ ...server.url, username: 'reader', password: 'secret' });
      next = await other.claim(address(), 'two');
    });

    afterEach(async () => {
      await other.close();
      await server.command('ACL', 'DELUSER', 'reader');
    });

    const readFrom = async (start: number): Promise<Uint8Array[]> => {
      const read: Uint8Array[] = [];
      while (start + read.length < count) read.push(...(await other.read(next, start + read.length, page)));
      return read;
    };

    it('is read over a connection of its own too', async () => {
      await other.read(next, 0, page);
      expect(await connections()).toHaveLength(3);
      expect((await readFrom(page)).map(positionOf)).toEqual(records.slice(page).map(positionOf));
    });

    it('is read over the connection of all calls where Redis does not let another one in', async () => {
      await server.command('ACL', 'SETUSER', 'reader', 'resetpass', '>changed');
      await other.read(next, 0, page);
      expect(await connections()).toHaveLength(2);
      expect((await readFrom(page)).map(positionOf)).toEqual(records.slice(page).map(positionOf));
    });

    it('is refused with the right that was taken away', async () => {
      await other.read(next, 0, page);
      await server.command('ACL', 'SETUSER', 'reader', '-lrange');
      const error = await failure(readFrom(page));
      expect(error.code).toBe('STORE_REFUSED');
      expect(error.message).toContain('lacks a right');
    });
  });

  it('is given up when the store is closed', async () => {
    await readTo(2 * page);
    const rest = failure(
      (async () => {
        for (let from = 2 * page; from < count; from += page) await store.read(claim, from, page);
      })(),
    );
    await store.close();
    expect((await rest).code).toBe('STORE_UNAVAILABLE');
    await expect.poll(connections, { timeout: 5_000 }).toHaveLength(0);
  });

  it('ends at the deadline when Redis does not answer', async () => {
    const hasty = await openStore(server.url, { commandTimeoutMs: 2_000 });
    try {
      const next = await hasty.claim(address(), 'two');
      await hasty.read(next, 0, page);
      server.pause();
      const start = performance.now();
      const rest = async () => {
        for (let from = page; from < count; from += page) await hasty.read(next, from, page);
      };
      expect((await failure(rest())).code).toBe('STORE_UNAVAILABLE');
      expect(performance.now() - start).toBeLessThan(10_000);
    } finally {
      server.resume();
      await hasty.close();
    }
  });
});
