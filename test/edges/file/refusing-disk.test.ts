import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FileQueueStore } from '../../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../../src/edges/system/system-clock.ts';
import type { PartitionClaim, QueueStore } from '../../../src/ports/queue-store.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { machineHas } from '../../machine.ts';
import { address, bytes, everything, save, text } from '../../queues/store-content.ts';
import { type FileStoreUnderTest, makeFileStore, temporaries } from './file-store-under-test.ts';
import { numberedRecord, numberOf } from './numbered-record.ts';
import { type OwnDisk, ownDisk } from './own-disk.ts';

const refusal = (path: string, reason: string) => ({
  name: 'StoreError',
  code: 'STORE_REFUSED',
  message: expect.stringMatching(new RegExp(`^${path}.*: .*${reason}`)),
});

describe.skipIf(!machineHas('disks'))('on a full disk', () => {
  const FULL = 'the disk is full: free some space or make the volume larger \\(ENOSPC\\)';
  let disk: OwnDisk;
  let under: FileStoreUnderTest;
  let store: QueueStore;
  let claim: PartitionClaim;

  /** Takes all the space that is left, but for some of it. */
  const fill = async (spare: number) => {
    await writeFile(join(disk.folder, 'spare'), Buffer.alloc(spare));
    await writeFile(join(disk.folder, 'rest'), Buffer.alloc(2_000_000)).catch(() => {});
    await rm(join(disk.folder, 'spare'));
  };
  const free = () => rm(join(disk.folder, 'rest'));

  beforeEach(async () => {
    disk = await ownDisk('mount -t tmpfs -o size=1m none /mnt');
    under = await makeFileStore({ folder: join(disk.folder, 'queues') });
    store = under.store;
    claim = await store.claim(address(), 'one');
  });
  afterEach(async () => {
    await under.destroy();
    await disk.unmount();
  });

  it.each([1, 7, 50, 300])(
    'an append of %i records at once is refused whole; what was acknowledged stays, and later ones follow it',
    async (batch) => {
      const acknowledged: number[] = [];
      const records = (from: number) => Array.from({ length: batch }, (_, index) => numberedRecord(from + index));
      const fillUp = async () => {
        for (;;) {
          const from = acknowledged.length;
          claim = await store.append(claim, from, records(from));
          acknowledged.push(...records(from).map(numberOf));
        }
      };
      await fill(200_000);
      await expect(fillUp()).rejects.toMatchObject(refusal(under.folder, FULL));
      await expect(fillUp()).rejects.toMatchObject(refusal(under.folder, FULL));
      expect(acknowledged.length).toBeGreaterThan(1);
      const full = acknowledged.length;

      await free();
      claim = await store.append(claim, full, records(full));
      acknowledged.push(...records(full).map(numberOf));
      const other = await under.connect();
      const next = await other.claim(address(), 'two');
      const found = await other.readJournal(next, 0, next.journalEnd);
      expect(found.map(numberOf)).toEqual(acknowledged);
      expect(under.log.lines).toEqual([]);
    },
  );

  it('a save is refused, the one before is whole, and the same save goes on when there is space', async () => {
    claim = await save(store, claim, 's1', ['old 0', 'old 1']);
    claim = await store.append(claim, 0, [bytes('journal')]);
    await fill(100_000);
    const records = Array.from({ length: 40 }, (_, index) => bytes(`${index} `.repeat(2000)));
    const request = { saveId: 's2', count: 40, mode: 'replace', journalEnd: 1 } as const;
    const attempt = async () => {
      for (let from = 0; from < 40; from += 5) await store.stage(claim, 's2', from, records.slice(from, from + 5));
      claim = await store.commit(claim, request);
    };
    for (let times = 0; times < 3; times++) await expect(attempt()).rejects.toMatchObject(refusal(under.folder, FULL));
    expect(await everything(store, claim)).toEqual(['old 0', 'old 1', 'journal']);
    await free();
    await attempt();
    const other = await under.connect();
    expect(await everything(other, await other.claim(address(), 'two'))).toEqual(records.map(text));
    expect(await temporaries(under.folder)).toEqual([]);
  });

  it('a save that is given up leaves its space to others', async () => {
    claim = await save(store, claim, 's1', ['old']);
    await fill(50_000);
    const long = Array.from({ length: 8 }, () => new Uint8Array(300_000));
    const attempt = async (saveId: string) => {
      await store.stage(claim, saveId, 0, long);
      await store.commit(claim, { saveId, count: long.length, mode: 'replace', journalEnd: 0 });
    };
    for (const saveId of ['s2', 's3', 's4'])
      await expect(attempt(saveId)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    claim = await save(store, claim, 's5', ['short']);
    expect(await everything(store, claim)).toEqual(['short']);
    expect(await temporaries(under.folder)).toEqual([]);
  });

  it('a cursor, a claim and a release are refused and go through later', async () => {
    claim = await save(store, claim, 's1', ['a', 'b', 'c']);
    await fill(0);
    const other = await under.connect();
    await expect(other.claim(address(), 'two')).rejects.toMatchObject(refusal(under.folder, FULL));
    await expect(other.claim(address({ partition: 'new' }), 'two')).rejects.toMatchObject(refusal(under.folder, FULL));
    await expect(store.moveCursor(claim, 1)).rejects.toMatchObject({ code: 'STORE_FENCED' });
    await free();
    claim = await other.claim(address(), 'two');
    expect(await everything(other, claim)).toEqual(['a', 'b', 'c']);
    claim = await other.moveCursor(claim, 1);
    await fill(0);
    await expect(other.release(claim)).rejects.toMatchObject(refusal(under.folder, FULL));
    await free();
    await other.release(claim);
    expect(await store.list('test')).toMatchObject([{ items: 2, owner: undefined }]);
    expect(await temporaries(under.folder)).toEqual([]);
  });
});

describe.skipIf(!machineHas('disks'))('in a read-only folder', () => {
  let data: string;
  let disk: OwnDisk;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'kdmq-read-only-'));
    const { store, destroy } = await makeFileStore({ folder: data });
    const claim = await store.claim(address(), 'one');
    await store.release(await save(store, claim, 's1', ['a']));
    await destroy();
    disk = await ownDisk(`mount --bind -o ro '${data}' /mnt`);
  });
  afterAll(async () => {
    await disk?.unmount();
    await rm(data, { recursive: true });
  });

  const READ_ONLY = 'the file system is read-only: mount it writable or name another folder \\(EROFS\\)';

  it.each(['', '/queues'])('the store does not open: %j below it', async (below) => {
    const store = fileStore(`${disk.folder}${below}`);
    await expect(store.open(new AbortController().signal)).rejects.toMatchObject(refusal(disk.folder, READ_ONLY));
  });

  it('partitions are listed and can not be claimed', async () => {
    const store = fileStore(disk.folder);
    expect(await store.list('test')).toMatchObject([{ items: 1 }]);
    await expect(store.claim(address(), 'two')).rejects.toMatchObject(refusal(disk.folder, READ_ONLY));
    await expect(store.claim(address({ queue: 'new' }), 'two')).rejects.toMatchObject(refusal(disk.folder, READ_ONLY));
    await expect(store.assign(address(), '5')).rejects.toMatchObject(refusal(disk.folder, READ_ONLY));
    await store.close();
  });
});

describe('where a file is in the way', () => {
  it('of the folder, the store does not open; of a partition, that one can not be claimed', async () => {
    const { folder, store, destroy } = await makeFileStore();
    const claim = await store.claim(address(), 'one');
    await store.release(claim);
    await writeFile(join(folder, 'file'), '');
    const below = fileStore(join(folder, 'file', 'queues'));
    const reason = 'a part of the path is a file, not a folder: remove it or name another folder';
    await expect(below.open(new AbortController().signal)).rejects.toMatchObject(refusal(folder, reason));
    await writeFile(join(folder, 'test', 'calls', '0'), '');
    await expect(store.claim(address(), 'one')).rejects.toMatchObject(refusal(folder, reason));
    expect(await store.list('test')).toEqual([]);
    await destroy();
  });
});

function fileStore(folder: string): FileQueueStore {
  return new FileQueueStore({ folder, fsync: 'always', clock: new SystemClock(), log: new MemoryLog() });
}
