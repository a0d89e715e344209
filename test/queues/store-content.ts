import type { CommitRequest, PartitionAddress, PartitionClaim, QueueStore } from '../../src/ports/queue-store.ts';

/** The partition of a test, or one that differs in the given parts. */
export function address(parts: Partial<PartitionAddress> = {}): PartitionAddress {
  return { cluster: 'test', queue: 'calls', partition: '0', ...parts };
}

/** Different texts that sort as they count. */
export function items(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `item ${String(index).padStart(7, '0')}`);
}

export const bytes = (record: string): Uint8Array => new TextEncoder().encode(record);
export const text = (record: Uint8Array): string => new TextDecoder().decode(record);
export const texts = (records: readonly Uint8Array[]): string[] => records.map(text);

/** Stages the texts and commits them. */
export async function save(
  store: QueueStore,
  claim: PartitionClaim,
  saveId: string,
  records: readonly string[],
  mode: CommitRequest['mode'] = 'replace',
  journalEnd = claim.journalStart,
): Promise<PartitionClaim> {
  await store.stage(claim, saveId, 0, records.map(bytes));
  return store.commit(claim, { saveId, count: records.length, mode, journalEnd });
}

/** What a start would read: the items that are not consumed, then the journal. */
export async function everything(store: QueueStore, claim: PartitionClaim, page = 1000): Promise<string[]> {
  const saved = await inPages(claim.cursor, claim.count, (from) => store.read(claim, from, page));
  return [...saved, ...(await journal(store, claim, page))];
}

/** The journal that the claim names, read in pages. */
export async function journal(store: QueueStore, claim: PartitionClaim, page = 1000): Promise<string[]> {
  return inPages(claim.journalStart, claim.journalEnd, (from) => store.readJournal(claim, from, page));
}

async function inPages(start: number, end: number, read: (from: number) => Promise<Uint8Array[]>): Promise<string[]> {
  const found: string[] = [];
  while (start + found.length < end) {
    const page = await read(start + found.length);
    if (page.length === 0) throw new Error(`nothing at ${start + found.length}, but the claim says ${end}`);
    found.push(...texts(page));
  }
  return found;
}
