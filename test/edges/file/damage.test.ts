import { cp, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 as checksum } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { address, bytes, everything, save } from '../../queues/store-content.ts';
import { makeFileStore, memoryFolder, paths } from './file-store-under-test.ts';
import { PartitionCopy } from './partition-copy.ts';

const HEAD = 16;
const FRAME = 12;
const items = ['item 0', 'item 1', 'item 2'];
const records = ['record 0', 'record 1 in the middle', 'record 2'];
const second = HEAD + FRAME + records[0]!.length;
const third = second + FRAME + records[1]!.length;
const end = third + FRAME + records[2]!.length;

let original: string;
beforeAll(async () => {
  original = await mkdtemp(join(memoryFolder, 'kdmq-original-'));
  const { store, destroy } = await makeFileStore({ folder: original });
  let claim = await store.claim(address(), 'one');
  claim = await save(store, claim, 's1', items);
  for (const [offset, record] of records.entries()) claim = await store.append(claim, offset, [bytes(record)]);
  await destroy();
});
afterAll(() => rm(original, { recursive: true }));

let copy: PartitionCopy;
const fresh = async (): Promise<PartitionCopy> => {
  await copy?.remove();
  copy = await PartitionCopy.make(original);
  return copy;
};
afterEach(() => copy.remove());

const range = (start: number, before: number): number[] =>
  Array.from({ length: before - start }, (_, index) => start + index);

describe('the end of a journal that was never written', () => {
  it('is cut off and reported, wherever in the last record it ends', async () => {
    for (const length of range(third + 1, end)) {
      const { journal } = await fresh();
      await truncate(journal, length);
      const { store, connect, log } = await copy.opened();
      let claim = await store.claim(address(), 'two');
      expect(await everything(store, claim)).toEqual([...items, ...records.slice(0, 2)]);
      expect(log.messages('warn')).toEqual(['the end of a journal was cut off: a write that was never finished']);
      expect(log.lines[0]?.fields).toMatchObject({ file: copy.state.tail, offset: third, bytes: length - third });
      claim = await store.append(claim, claim.journalEnd, [bytes('later')]);
      const other = await connect();
      expect(await everything(other, await other.claim(address(), 'three'))).toEqual([
        ...items,
        ...records.slice(0, 2),
        'later',
      ]);
      expect(log.messages('warn')).toHaveLength(1);
    }
  });

  it('is cut off where the last record has other bytes, or only zeros follow', async () => {
    for (const offset of range(third, end)) {
      const { journal } = await fresh();
      await copy.flip(journal, offset);
      const { store } = await copy.opened();
      expect(await everything(store, await store.claim(address(), 'two'))).toEqual([...items, ...records.slice(0, 2)]);
    }
    const { journal } = await fresh();
    await writeFile(journal, Buffer.concat([await readFile(journal), Buffer.alloc(5000)]));
    const { store } = await copy.opened();
    expect(await everything(store, await store.claim(address(), 'two'))).toEqual([...items, ...records]);
  });

  it('is nothing to speak of where it ends between two records', async () => {
    const { journal } = await fresh();
    await truncate(journal, third);
    const { store, log } = await copy.opened();
    expect(await everything(store, await store.claim(address(), 'two'))).toEqual([...items, ...records.slice(0, 2)]);
    expect(log.lines).toEqual([]);
  });
});

describe('damage anywhere else is refused with the file and the byte, and nothing is changed', () => {
  const refused = async (code: string, text: string) => {
    const { store } = await copy.opened();
    const claim = store.claim(address(), 'two');
    await expect(claim).rejects.toMatchObject({ name: 'StoreError', code, message: expect.stringContaining(text) });
    expect(await copy.unchanged()).toBe(true);
  };

  it('a flipped bit in any byte of a journal record with another one behind it', async () => {
    for (const offset of range(second, third)) {
      const { journal } = await fresh();
      await copy.flip(journal, offset);
      await refused('STORE_CORRUPT', `${journal}: damaged at byte ${second}`);
    }
  });

  it('a flipped bit in any byte of the head of a file', async () => {
    for (const offset of range(0, HEAD)) {
      for (const name of ['journal', 'items'] as const) {
        const path = (await fresh())[name];
        await copy.flip(path, offset);
        await refused('STORE_CORRUPT', `${path}: damaged at byte 0`);
      }
    }
  });

  it('a flipped bit in any byte of a committed item, when it is read', async () => {
    const middle = HEAD + FRAME + items[0]!.length;
    for (const offset of range(middle, middle + FRAME + items[1]!.length)) {
      const path = (await fresh()).items;
      await copy.flip(path, offset);
      const damaged = await readFile(path);
      const { store } = await copy.opened();
      const claim = await store.claim(address(), 'two');
      const name = copy.state.items[0]!.file;
      const message = expect.stringMatching(`/${name}: damaged at byte ${middle}, record 1`);
      await expect(store.read(claim, 0, 3)).rejects.toMatchObject({ code: 'STORE_CORRUPT', message });
      expect((await store.read(claim, 0, 1)).length).toBe(1);
      const [kept] = (await paths(copy.folder)).filter((each) => each.endsWith(name));
      expect(Buffer.compare(await readFile(kept!), damaged)).toBe(0);
    }
  });

  it('a flipped bit in any byte of the claim file', async () => {
    const path = (await fresh()).claim;
    const content = await readFile(path);
    const { store } = await copy.opened();
    const code = expect.stringMatching(/^STORE_(CORRUPT|NEWER)$/);
    const before = (await paths(copy.folder)).sort();
    for (const offset of range(0, content.length)) {
      await copy.flip(path, offset);
      await expect(store.claim(address(), 'two')).rejects.toMatchObject({
        code,
        message: expect.stringContaining(path),
      });
      await copy.flip(path, offset);
    }
    expect((await paths(copy.folder)).sort()).toEqual(before);
    expect(await copy.unchanged()).toBe(true);
    expect(await everything(store, await store.claim(address(), 'two'))).toEqual([...items, ...records]);
  });

  it.each(['journal', 'items'] as const)('a missing file: %s', async (name) => {
    const path = (await fresh())[name];
    await rm(path);
    await refused('STORE_CORRUPT', `${path}: damaged at byte 0, the file is missing`);
  });

  it('a file of items that is too short', async () => {
    const path = (await fresh()).items;
    const { bytes: length } = copy.state.items[0]!;
    await truncate(path, length - 1);
    await refused('STORE_CORRUPT', `${path}: damaged at byte ${length - 1}, 1 bytes are missing`);
  });

  it('files of another partition', async () => {
    await fresh();
    await cp(join(copy.folder, 'test', 'calls', '0'), join(copy.folder, 'test', 'calls', '1'), { recursive: true });
    const { store } = await copy.opened();
    const claim = store.claim(address({ partition: '1' }), 'two');
    await expect(claim).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('belongs to'),
    });
  });

  it('until it is mended', async () => {
    const { journal } = await fresh();
    await copy.flip(journal, second);
    await refused('STORE_CORRUPT', journal);
    await copy.flip(journal, second);
    const { store } = await copy.opened();
    expect(await everything(store, await store.claim(address(), 'two'))).toEqual([...items, ...records]);
  });

  it('and does not hide the other partitions in a list', async () => {
    await fresh();
    const before = await copy.opened();
    await before.store.claim(address({ partition: '1' }), 'one');
    await before.destroy();
    await copy.flip(copy.claim, 30);
    const { store, log } = await copy.opened();
    for (let round = 0; round < 3; round++) {
      expect(await store.list('test')).toMatchObject([{ address: { partition: '1' } }]);
    }
    expect(log.messages('error')).toEqual(['a partition of a queue is unreadable']);
  });
});

describe('what a newer version has written is refused and left as it is', () => {
  it('a claim file', async () => {
    await fresh();
    await writeFile(copy.claim, (await readFile(copy.claim, 'utf8')).replace('kdmq-queue 1 ', 'kdmq-queue 2 '));
    const { store } = await copy.opened();
    const message = `${copy.claim}: has format 2, this version knows up to 1`;
    const claim = store.claim(address(), 'two');
    await expect(claim).rejects.toMatchObject({ code: 'STORE_NEWER', message: expect.stringContaining(message) });
    expect(await copy.unchanged()).toBe(true);
  });

  it('a log', async () => {
    const { journal } = await fresh();
    const content = await readFile(journal);
    content.writeUInt16BE(2, 8);
    content.writeUInt32BE(checksum(content.subarray(0, 12)), 12);
    await writeFile(journal, content);
    const { store } = await copy.opened();
    await expect(store.claim(address(), 'two')).rejects.toMatchObject({ code: 'STORE_NEWER' });
    expect(await copy.unchanged()).toBe(true);
  });
});
