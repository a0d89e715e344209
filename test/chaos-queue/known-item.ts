import type { Ask } from './diary.ts';

/** What is known of an item from the outside. */
export interface KnownItem {
  readonly n: number;
  readonly key: string;
  id: string | undefined;
  /** `asked`: its add is under way; `in`: it was acknowledged; `doubtful`: it may be there or not. */
  state: 'asked' | 'in' | 'doubtful';
  /** `maybe`: its lease may be over by now. */
  lent: 'no' | 'yes' | 'maybe';
  /** Acknowledgements of it that are under way: those of deliveries whose lease is over are refused. */
  acks: number;
  /** From which line of the diary on it could be fetched. */
  since: number;
  deliveries: number;
}

/** A call that has not been answered. */
export interface OpenCall {
  readonly ask: Ask;
  /** The line of the diary in which it was asked. */
  readonly at: number;
  /** The youngest item that was asked for before. */
  readonly last: number;
  /** Of the item that it is about: how often it had been given out then. */
  readonly deliveries: number;
  /** Fetches and waits that were under way at the same time, and strays. */
  rivals: number;
  /** A clear was under way at the same time. */
  crossesClear: boolean;
}

export function isTake({ ask }: OpenCall): boolean {
  return ask.kind === 'fetch' || ask.kind.startsWith('wait');
}
