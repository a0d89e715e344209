import type { ItemLine } from '../../core/mqueue/item-line.ts';

/** Something that is to become an item, or what is wrong with it. */
export type FoundItem =
  | { readonly item: ItemLine; readonly problem?: undefined }
  | { readonly item?: undefined /** With the place: `line 7 has no "value"`. */; readonly problem: string };

/** Where imported items come from. */
export interface ItemSource {
  /** For people: a file, `standard input`, a table. */
  readonly name: string;
  /** In batches, each of which is held in memory. */
  batches(): AsyncIterable<readonly FoundItem[]>;
  /** How much is done, from 0 to 1, where that is known. */
  done(): number | undefined;
  /** What is to be said before the items are read. */
  readonly notes: readonly string[];
  /** What is to be said when they are stored. */
  readonly afterwards: readonly string[];
  close(): void;
}
