import { isActive } from './node-list.ts';
import type { NodeRecord } from './node-record.ts';

/** What happened to a node, in the words of events and log lines. */
export type NodeTransition =
  | 'joined' /* active for the first time, or in a new life */
  | 'suspected' /* still active, but a probe and its second opinions failed */
  | 'recovered' /* the suspicion was wrong */
  | 'died' /* suspected and never contradicted */
  | 'left' /* said goodbye, or proven deleted */
  | 'removed'; /* out of the list */

/** The transition between two records of a node, undefined when nothing happened that a person would want to read. */
export function transitionOf(
  before: NodeRecord | undefined,
  after: NodeRecord | undefined,
): NodeTransition | undefined {
  if (after !== undefined && isActive(after)) {
    if (before === undefined || !isActive(before)) return 'joined';
    if (after.claim.state === before.claim.state) {
      return after.instance !== before.instance && before.instance !== '' ? 'joined' : undefined;
    }
    return after.claim.state === 'suspect' ? 'suspected' : 'recovered';
  }
  if (isActive(before) && after !== undefined) return after.claim.state === 'left' ? 'left' : 'died';
  if (before !== undefined && !before.buried && (after === undefined || after.buried)) return 'removed';
  return undefined;
}
