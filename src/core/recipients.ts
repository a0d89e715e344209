import type { NodeRecord } from './node-record.ts';
import { type NodeUri, nodeKey } from './node-uri.ts';

/** Who gets a broadcast: the addressed nodes without `except`. The local node is in no list of its own. */
export function recipients(addressed: readonly NodeRecord[], except?: NodeUri): readonly NodeRecord[] {
  if (except === undefined) return addressed;
  const key = nodeKey(except);
  return addressed.filter((record) => record.key !== key);
}
