import type { PartitionAddress, PartitionClaim, PartitionSnapshot } from '../../ports/queue-store.ts';
import type { ScriptReply } from './script-call.ts';

/** The claim behind a reply of a script that tells the state. */
export function claimOf(
  reply: ScriptReply,
  { address, owner, epoch }: Pick<PartitionClaim, 'address' | 'owner' | 'epoch'>,
): PartitionClaim {
  return { ...snapshotOf(reply, address), owner, epoch };
}

/** The same reply for who owns nothing. */
export function snapshotOf(
  [, epoch, generation, count, cursor, start, end, saveId, life]: ScriptReply,
  address: PartitionAddress,
): PartitionSnapshot {
  const journal = { journalStart: Number(start), journalEnd: Number(end) };
  const items = { generation: Number(generation), count: Number(count), cursor: Number(cursor) };
  return {
    ...{ address, epoch: Number(epoch), life: life ?? '' },
    ...items,
    ...journal,
    saveId: saveId === '' ? undefined : saveId,
  };
}
