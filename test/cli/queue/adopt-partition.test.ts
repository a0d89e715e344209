import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adoptPartition } from '../../../src/cli/queue/adopt-partition.ts';
import { parseSettings } from '../../../src/edges/config/parse-settings.ts';
import type { PartitionClaim } from '../../../src/ports/queue-store.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { MemoryLog } from '../../fakes/memory-log.ts';
import { MemoryQueueStore } from '../../fakes/memory-queue-store.ts';
import { SeededRandom } from '../../fakes/seeded-random.ts';
import { bytes } from '../../queues/store-content.ts';

describe('kdmq queue adopt', () => {
  let clock: FakeClock;
  let store: MemoryQueueStore;
  let claim: PartitionClaim;
  let written: string;

  const adopt = (force = false): Promise<number> => {
    const settings = parseSettings({ server_address: 'sip:127.0.0.1', partition: '0' });
    const { signal } = new AbortController();
    const parts = { store, clock, random: new SeededRandom(), log: new MemoryLog(), signal };
    const context = { settings, partitionOrigin: { kind: 'derived', from: 'POD_NAME' } as const, ...parts };
    return adoptPartition(context, { kind: 'adopt', queue: 'calls', from: '2', to: undefined, force });
  };

  beforeEach(async () => {
    clock = new FakeClock();
    store = new MemoryQueueStore(clock);
    claim = await store.claim({ cluster: 'kdmq', queue: 'calls', partition: '2' }, 'node-2');
    written = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text, done) => {
      written += String(text);
      (done as unknown as () => void)?.();
      return true;
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('asks for no force once the owner has been quiet for mqueue_orphan_after', async () => {
    await store.append(claim, 0, [bytes('j')]);
    clock.advance(60_000);
    await expect(adopt()).rejects.toMatchObject({ exitCode: 77 });
    clock.advance(1);
    expect(await adopt()).toBe(0);
    expect(written).toBe(
      'Partition 2 of queue calls, with 0 items and 1 journal record, is assigned to partition 0 (from POD_NAME; --to names another one).\nNothing is known of its node: it serves them once it runs with this queue, behind what it has saved.\n',
    );
    expect(await store.list('kdmq')).toMatchObject([{ adopter: '0' }]);
  });

  it('has nothing to do with a partition that is empty', async () => {
    clock.advance(60_001);
    expect(await adopt()).toBe(0);
    expect(written).toBe('Partition 2 of queue calls is empty: there is nothing to serve.\n');
    expect(await store.list('kdmq')).toMatchObject([{ adopter: undefined }]);
  });

  it('names the node that goes on serving it, when it is forced', async () => {
    expect(await adopt(true)).toBe(0);
    expect(written).toContain(
      'node-2 goes on serving it. When it stops, or is quiet for 60 s, partition 0 takes it on',
    );
    await expect(store.append(claim, 0, [bytes('j')])).resolves.toMatchObject({ journalEnd: 1 });
  });
});
