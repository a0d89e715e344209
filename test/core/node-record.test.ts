import { describe, expect, it } from 'vitest';
import type { ClaimState } from '../../src/core/node-claim.ts';
import { type FailurePolicy, type HeldStatus, type NodeStatus, statusOf } from '../../src/core/node-record.ts';
import { activeRecord } from './records.ts';

const plain: FailurePolicy = {
  remove_inactive: true,
  fail_count_enabled: false,
  fail_count_threshold_not_active: 1,
  fail_count_threshold_disabled: 5,
};
const keeping = { ...plain, remove_inactive: false };
const counting = { ...plain, fail_count_enabled: true };

interface Row {
  readonly name: string;
  readonly state: ClaimState;
  readonly verified?: false;
  readonly listed?: true;
  readonly failCount?: number;
  readonly policy?: FailurePolicy;
  readonly heldAs?: HeldStatus;
  readonly status: NodeStatus;
}

const rows: readonly Row[] = [
  { name: 'alive and answered', state: 'alive', status: 'active' },
  { name: 'alive by hearsay', state: 'alive', verified: false, status: 'not_active' },
  { name: 'suspected: a missed probe proves nothing', state: 'suspect', status: 'active' },
  { name: 'suspected, never answered', state: 'suspect', verified: false, status: 'not_active' },
  { name: 'dead', state: 'dead', status: 'disabled' },
  { name: 'dead notification address', state: 'dead', listed: true, status: 'not_active' },
  { name: 'dead, remove_inactive 0', state: 'dead', policy: keeping, status: 'not_active' },
  { name: 'said goodbye', state: 'left', status: 'disabled' },
  { name: 'said goodbye, notification address', state: 'left', listed: true, status: 'disabled' },
  { name: 'said goodbye, remove_inactive 0', state: 'left', policy: keeping, status: 'disabled' },
  { name: 'dead, count at threshold', state: 'dead', failCount: 5, policy: counting, status: 'not_active' },
  { name: 'dead, count above threshold', state: 'dead', failCount: 6, policy: counting, status: 'disabled' },
  { name: 'alive, count above threshold', state: 'alive', failCount: 6, policy: counting, status: 'active' },
  { name: 'alive, held as disabled', state: 'alive', heldAs: 'disabled', status: 'disabled' },
  { name: 'suspected, held as not_active', state: 'suspect', heldAs: 'not_active', status: 'not_active' },
  { name: 'said goodbye, held as not_active', state: 'left', heldAs: 'not_active', status: 'disabled' },
];

describe('the status that is shown, in Kamailio’s words', () => {
  it.each(rows)(
    '$name: $status',
    ({ state, verified = true, listed = false, failCount = 0, policy = plain, heldAs, status }) => {
      const record = {
        ...activeRecord('10.0.0.2'),
        claim: { incarnation: 1, state },
        verified: verified ? 1 : 0,
        notificationAddress: listed,
        failCount,
        heldAs,
      };
      expect(statusOf(record, policy)).toBe(status);
    },
  );
});
