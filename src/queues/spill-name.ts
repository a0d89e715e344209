/** The store's partition as its owner knew it last. What is higher than this was done by somebody else. */
export interface SpillBase {
  readonly generation: number;
  readonly cursor: number;
  readonly journalEnd: number;
  /** It has everything that was added and acknowledged, in its journal. */
  readonly hasAdds: boolean;
  /** As in its claims. */
  readonly life: string;
}

/** What the save of a spilled queue is called: `<save>~<generation>.<cursor>.<journal>.<has adds>.<life>`. */
export interface SpillName {
  /** The save that was tried in the store: it may have arrived. Begins with the epoch under which that was. */
  readonly saveId: string;
  /** Undefined where nothing was read, and all that is spilled comes behind what is there. */
  readonly base: SpillBase | undefined;
}

/** A spilled queue that is in its store by now, and about to be removed. */
const dropped = 'dropped-';

export function formatSpillName({ saveId, base }: SpillName): string {
  if (base === undefined) return saveId;
  const { generation, cursor, journalEnd, hasAdds, life } = base;
  return `${saveId}~${generation}.${cursor}.${journalEnd}.${hasAdds ? 1 : 0}.${life}`;
}

/** Undefined where nothing is spilled any more. */
export function parseSpillName(name: string | undefined): SpillName | undefined {
  if (name === undefined || name.startsWith(dropped)) return undefined;
  const [, saveId = name, numbers, life = ''] = /^(.*)~(\d+\.\d+\.\d+\.[01])\.(.*)$/.exec(name) ?? [];
  if (numbers === undefined) return { saveId, base: undefined };
  const [generation = 0, cursor = 0, journalEnd = 0, hasAdds] = numbers.split('.').map(Number);
  return { saveId, base: { generation, cursor, journalEnd, hasAdds: hasAdds === 1, life } };
}

export function droppedName(token: string): string {
  return `${dropped}${token}`;
}
