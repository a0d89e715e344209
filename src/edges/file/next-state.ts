import type { CommitRequest, PartitionAddress } from '../../ports/queue-store.ts';
import { countOf, type LogSegment, type PartitionState } from './partition-state.ts';

/** The state of a partition that has just been made. */
export function emptyState(address: PartitionAddress, epoch: number): PartitionState {
  const { cluster, queue, partition } = address;
  return {
    address: { cluster, queue, partition },
    epoch,
    owner: null,
    generation: 0,
    saveId: null,
    cursor: 0,
    items: [],
    journalStart: 0,
    journalBase: 0,
    journal: [],
    tail: null,
  };
}

export function journalEndOf({ journalBase, journal }: PartitionState): number {
  return journalBase + countOf(journal);
}

/** The same content with the log that was being written among the finished ones. */
export function withTailFinished(
  state: PartitionState,
  records: number,
  bytes: number,
  cursor: number,
): PartitionState {
  const { tail, journal } = state;
  const finished = tail === null || records === 0 ? journal : [...journal, { file: tail, count: records, bytes }];
  return { ...state, journal: finished, tail: null, cursor: Math.max(state.cursor, cursor) };
}

/** What a commit makes of a state whose tail is finished. `staged` is undefined where the save is empty. */
export function withCommit(
  state: PartitionState,
  { saveId, mode, journalEnd }: CommitRequest,
  staged: LogSegment | undefined,
): PartitionState {
  const left = mode === 'append' ? notConsumed(state.items, state.cursor) : { items: [], cursor: 0 };
  return withoutOldJournal({
    ...state,
    ...left,
    items: staged === undefined ? left.items : [...left.items, staged],
    generation: state.generation + 1,
    saveId,
    journalStart: Math.max(state.journalStart, journalEnd),
  });
}

/** The files from the one on in which the cursor stands, and the cursor counted from there. */
function notConsumed(items: readonly LogSegment[], cursor: number): { items: readonly LogSegment[]; cursor: number } {
  let consumed = 0;
  let before = 0;
  for (const { count } of items) {
    if (before + count > cursor) break;
    before += count;
    consumed += 1;
  }
  return { items: items.slice(consumed), cursor: cursor - before };
}

function withoutOldJournal(state: PartitionState): PartitionState {
  let base = state.journalBase;
  let old = 0;
  for (const { count } of state.journal) {
    if (base + count > state.journalStart) break;
    base += count;
    old += 1;
  }
  return { ...state, journal: state.journal.slice(old), journalBase: base };
}
