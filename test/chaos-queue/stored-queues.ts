import { join } from 'node:path';
import {
  formatItemId,
  itemDeliveries,
  itemId,
  itemKey,
  itemValue,
  writeItem,
} from '../../src/core/mqueue/item-record.ts';
import { FileQueueStore } from '../../src/edges/file/file-queue-store.ts';
import { SystemClock } from '../../src/edges/system/system-clock.ts';
import type { PartitionAddress, PartitionClaim, QueueStore } from '../../src/ports/queue-store.ts';
import { storedItems } from '../../src/queues/stored-items.ts';
import { MemoryLog } from '../fakes/memory-log.ts';
import { Contradiction } from './contradiction.ts';
import type { FoundItem } from './diary.ts';
import { contentOf, keyOf, numberOf } from './numbered-item.ts';
import type { QueuePlan } from './queue-plan.ts';

export const CLUSTER = 'chaos';
export const PARTITION = '0';

const addressOf = (queue: string): PartitionAddress => ({ cluster: CLUSTER, queue, partition: PARTITION });

/** A store over files, as the process has one. */
export function openFiles(folder: string): QueueStore {
  return new FileQueueStore({ folder, fsync: 'no', clock: new SystemClock(), log: new MemoryLog() });
}

/** What the store holds of a queue; nobody is fenced. */
export async function storedContent(store: QueueStore, plan: QueuePlan): Promise<FoundItem[]> {
  const snapshot = await store.inspect(addressOf(plan.name));
  const found: FoundItem[] = [];
  if (snapshot === undefined) return found;
  for await (const records of storedItems(store, snapshot)) {
    for (const record of records) {
      const id = formatItemId(itemId(record));
      const n = numberOf(plan, { key: itemKey(record), value: itemValue(record) });
      if (n === undefined) throw new Contradiction(plan.name, `item ${id} is not what was added`);
      found.push({ n, id, deliveries: itemDeliveries(record) });
    }
  }
  return found;
}

/** Replaces what the store holds of a queue, while no process has it. */
export async function replaceContent(
  store: QueueStore,
  plan: QueuePlan,
  numbers: readonly number[],
): Promise<FoundItem[]> {
  const claim = await store.claim(addressOf(plan.name), 'who fills');
  const items = numbers.map((n, sequence) => ({
    n,
    id: formatItemId({ epoch: claim.epoch, sequence }),
    deliveries: 0,
  }));
  const saveId = `${claim.epoch}-filled`;
  await store.stage(claim, saveId, 0, recordsOf(claim, plan, numbers));
  const { journalEnd } = claim;
  await store.release(await store.commit(claim, { saveId, count: numbers.length, mode: 'replace', journalEnd }));
  return items;
}

/** Whether something of a queue waits in the spill to be brought to its store. */
export async function isSpilled(folder: string, { name }: QueuePlan): Promise<boolean> {
  const spill = openFiles(join(folder, 'spill'));
  const views = await spill.list(CLUSTER);
  await spill.close();
  return views.some(({ address }) => address.queue === name);
}

function recordsOf({ epoch }: PartitionClaim, plan: QueuePlan, numbers: readonly number[]): Uint8Array[] {
  const encoder = new TextEncoder();
  return numbers.map((n, sequence) => {
    const key = encoder.encode(keyOf(plan, n));
    return writeItem({ epoch, sequence, addedAt: Date.now(), dueAt: 0, key, value: contentOf(plan, n) });
  });
}
