import type { NodeRecord } from './node-record.ts';
import { type NodeUri, nodeKey } from './node-uri.ts';

/** Who gets a broadcast: the active nodes without `except`. The local node is in no list of its own. */
export function recipients(active: readonly NodeRecord[], except?: NodeUri): readonly NodeRecord[] {
  if (except === undefined) return active;
  const key = nodeKey(except);
  return active.filter((record) => record.key !== key);
}
