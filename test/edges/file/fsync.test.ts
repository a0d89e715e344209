import { type FileHandle, open } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { address, bytes, everything, save } from '../../queues/store-content.ts';
import { type FileStoreUnderTest, makeFileStore, memoryFolder } from './file-store-under-test.ts';

/** Calls that bring a file or a folder to the disk. */
let syncs = 0;
/** The number of the first one that fails. */
let failFrom = Number.POSITIVE_INFINITY;
let under: FileStoreUnderTest;
const clock = new FakeClock();

beforeEach(async () => {
  const file = await open('/dev/null');
  const prototype: FileHandle = Object.getPrototypeOf(file);
  await file.close();
  for (const call of ['sync', 'datasync'] as const) {
    const real = prototype[call];
    vi.spyOn(prototype, call).mockImplementation(async function (this: FileHandle) {
      syncs += 1;
      if (syncs >= failFrom) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
      return real.call(this);
    });
  }
});

afterEach(async () => {
  failFrom = Number.POSITIVE_INFINITY;
  vi.restoreAllMocks();
  await under.destroy();
});

const counted = async (work: () => Promise<unknown>): Promise<number> => {
  const before = syncs;
  await work();
  return syncs - before;
};

describe('what was appended lies on the disk', () => {
  const prepared = async (fsync: 'always' | 'everysec' | 'no') => {
    under = await makeFileStore({ fsync, clock, parent: memoryFolder });
    let claim = await under.store.claim(address(), 'one');
    claim = await save(under.store, claim, 's1', ['a', 'b', 'c']);
    const append = async () => {
      claim = await under.store.append(claim, claim.journalEnd, [bytes('j')]);
    };
    const moveCursor = async () => {
      claim = await under.store.moveCursor(claim, claim.cursor + 1);
    };
    return { append, moveCursor };
  };

  it('with always: before it is acknowledged, each time', async () => {
    const { append, moveCursor } = await prepared('always');
    expect(await counted(append)).toBe(1);
    expect(await counted(append)).toBe(1);
    expect(await counted(moveCursor)).toBe(1);
  });

  it('with everysec: a second later, whatever came in that second, and at the close', async () => {
    const { append, moveCursor } = await prepared('everysec');
    for (let round = 0; round < 2; round++) {
      expect(await counted(append)).toBe(0);
      expect(await counted(moveCursor)).toBe(0);
      expect(await counted(async () => clock.advance(999))).toBe(0);
      expect(await counted(async () => clock.advance(1))).toBe(1);
      expect(await counted(async () => clock.advance(5000))).toBe(0);
    }
    await append();
    expect(await counted(() => under.store.close())).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('with everysec: an error is in the log', async () => {
    const { append } = await prepared('everysec');
    await append();
    failFrom = syncs;
    clock.advance(1000);
    await vi.waitFor(() => expect(under.log.messages('error')).toEqual(['a journal could not be brought to the disk']));
  });

  it('with no: when the system likes', async () => {
    const { append } = await prepared('no');
    expect(await counted(append)).toBe(0);
    expect(await counted(async () => clock.advance(5000))).toBe(0);
    expect(await counted(() => under.store.close())).toBe(0);
  });

  it('with always: or is not acknowledged and not there', async () => {
    const { append } = await prepared('always');
    await append();
    failFrom = syncs;
    const message = expect.stringContaining('the disk reports an error: look into the log of the kernel (EIO)');
    await expect(append()).rejects.toMatchObject({ code: 'STORE_REFUSED', message });
    failFrom = Number.POSITIVE_INFINITY;
    await append();
    const other = await under.connect();
    expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['a', 'b', 'c', 'j', 'j']);
  });
});

it.each(['always', 'everysec', 'no'] as const)(
  'a commit lies on the disk before it is acknowledged: %s',
  async (fsync) => {
    under = await makeFileStore({ fsync, clock, parent: memoryFolder });
    let claim = await under.store.claim(address(), 'one');
    await under.store.stage(claim, 's1', 0, ['a', 'b'].map(bytes));
    const request = { saveId: 's1', count: 2, mode: 'replace', journalEnd: 0 } as const;
    // The items, the next log, the claim file and their folder.
    expect(await counted(async () => under.store.commit(claim, request))).toBe(4);

    claim = await under.store.claim(address(), 'one');
    await under.store.stage(claim, 's2', 0, [bytes('c')]);
    failFrom = syncs;
    const failed = under.store.commit(claim, { ...request, saveId: 's2', count: 1 });
    await expect(failed).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    expect(await everything(under.store, claim)).toEqual(['a', 'b']);
    failFrom = Number.POSITIVE_INFINITY;
    claim = await under.store.commit(claim, { ...request, saveId: 's2', count: 1 });
    expect(await everything(under.store, claim)).toEqual(['c']);
  },
);

it('a commit that counts although its last step has failed is brought to the disk when it is asked for again', async () => {
  under = await makeFileStore({ clock, parent: memoryFolder });
  const claim = await under.store.claim(address(), 'one');
  await under.store.stage(claim, 's1', 0, [bytes('a')]);
  const request = { saveId: 's1', count: 1, mode: 'replace', journalEnd: 0 } as const;
  failFrom = syncs + 4;
  await expect(under.store.commit(claim, request)).rejects.toMatchObject({ code: 'STORE_REFUSED' });
  failFrom = Number.POSITIVE_INFINITY;
  expect(await counted(() => under.store.commit(claim, request))).toBe(1);
  expect(await counted(() => under.store.commit(claim, request))).toBe(0);
  const other = await under.connect();
  expect(await everything(other, await other.claim(address(), 'two'))).toEqual(['a']);
});
