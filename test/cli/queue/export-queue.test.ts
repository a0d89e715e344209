import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportQueue } from '../../../src/cli/queue/export-queue.ts';
import type { ExportCommand } from '../../../src/cli/queue/queue-command.ts';
import type { QueueContext } from '../../../src/cli/queue/queue-context.ts';
import { writeItem } from '../../../src/core/mqueue/item-record.ts';
import { parseSettings } from '../../../src/edges/config/parse-settings.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { MemoryQueueStore } from '../../fakes/memory-queue-store.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';
import { bytes } from '../../queues/store-content.ts';

const own = { cluster: 'kdmq', queue: 'calls', partition: '0' };
/** More than one page of the store, and as lines more than what is held back. */
const MANY = 6_000;
const LARGE = 4_000;

describe('an export of a queue whose owner saves it in the middle', () => {
  let folder: string;
  let store: MemoryQueueStore;
  let claim: PartitionClaim;
  let written: string;
  let saves: number;

  const item = (sequence: number, length: number): Uint8Array =>
    writeItem({ epoch: 1, sequence, addedAt: 0, dueAt: 0, key: bytes('k'), value: bytes('v'.repeat(length)) });
  const save = async (count: number, length = 1): Promise<void> => {
    saves += 1;
    const records = Array.from({ length: count }, (_, index) => item(saves * 1_000_000 + index, length));
    await store.stage(claim, `s${saves}`, 0, records);
    claim = await store.commit(claim, { saveId: `s${saves}`, count, mode: 'replace', journalEnd: 0 });
  };
  const run = (parts: Partial<ExportCommand>): Promise<number> => {
    const settings = parseSettings({ server_address: 'sip:127.0.0.1', partition: '0' });
    const context: QueueContext = {
      settings,
      partitionOrigin: { kind: 'default' },
      store,
      clock: new FakeClock(),
      random: new SeededRandom(),
      log: new MemoryLog(),
      signal: new AbortController().signal,
    };
    const command = {
      kind: 'export',
      queue: 'calls',
      all: true,
      to: undefined,
      append: false,
      skipBad: false,
    } as const;
    return exportQueue(context, { ...command, format: 'jsonl', table: undefined, passwordFile: undefined, ...parts });
  };
  /** Saves anew when so many pages have been read. */
  const saveAfter = (pages: number, count: number): void => {
    const { peek } = MemoryQueueStore.prototype;
    let read = 0;
    vi.spyOn(store, 'peek').mockImplementation(async (...args) => {
      const page = await peek.apply(store, args);
      read += 1;
      if (read === pages) await save(count);
      return page;
    });
  };
  const idsIn = (text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as { id: string }).id);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kdmq-export-'));
    store = new MemoryQueueStore(new FakeClock());
    claim = await store.claim(own, 'one');
    saves = 0;
    written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text, done) => {
      written += String(text);
      (done as unknown as () => void)?.();
      return true;
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('into a file begins anew and has one generation only', async () => {
    await save(MANY);
    saveAfter(1, 3);
    const to = join(folder, 'calls.jsonl');
    expect(await run({ to })).toBe(0);
    expect(idsIn(readFileSync(to, 'utf8'))).toEqual(['1-2000000', '1-2000001', '1-2000002']);
    expect(readdirSync(folder)).toEqual(['calls.jsonl']);
    expect(written).toBe(`3 items of queue calls are in ${to}\n`);
  });

  it('onto standard output begins anew as long as nothing has left', async () => {
    await save(MANY);
    saveAfter(1, 2);
    expect(await run({})).toBe(0);
    expect(idsIn(written)).toEqual(['1-2000000', '1-2000001']);
  });

  it('onto standard output ends with 75 once something has left: what is there is not mixed', async () => {
    await save(MANY, LARGE);
    saveAfter(1, 2);
    await expect(run({})).rejects.toMatchObject({ exitCode: 75, message: expect.stringContaining('--to FILE') });
    expect(idsIn(written).every((id) => id.startsWith('1-1'))).toBe(true);
  });

  it('is given up when it is saved again and again, and leaves no file', async () => {
    await save(MANY);
    const { peek } = MemoryQueueStore.prototype;
    vi.spyOn(store, 'peek').mockImplementation(async (...args) => {
      await save(MANY);
      return peek.apply(store, args);
    });
    await expect(run({ to: join(folder, 'calls.jsonl') })).rejects.toMatchObject({ exitCode: 75 });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that fails leaves the file that was there', async () => {
    await save(MANY);
    const to = join(folder, 'calls.jsonl');
    await run({ to });
    const before = readFileSync(to, 'utf8');
    store.trouble.fail('STORE_UNAVAILABLE', { calls: ['peek'] });
    await expect(run({ to })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(readFileSync(to, 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['calls.jsonl']);
  });

  it('into a place where no file can be made ends with 73', async () => {
    const to = join(folder, 'none', 'calls.jsonl');
    const message = `--to: ${to} can't be written: its folder does not exist`;
    await expect(run({ to })).rejects.toMatchObject({ exitCode: 73, message });
  });
});
