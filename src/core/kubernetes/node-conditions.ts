import type { ConditionType, NodeCondition, NodePhase } from './dmq-node.ts';

/** For how many nodes a node is what. `others`: how many of them are not the node itself, and for how many of those it is active. */
export interface Tally {
  readonly observers: number;
  readonly active: number;
  readonly suspected: number;
  readonly notActive: number;
  readonly others: number;
  readonly activeForOthers: number;
}

/** The word that most observers have for it; the better one when they are split in halves. */
export function phaseOf({ observers, active, suspected, notActive }: Tally): NodePhase {
  const sentTo = active + suspected;
  if (sentTo > 0 && sentTo * 2 >= observers) return suspected > active ? 'suspected' : 'active';
  const absent = observers - sentTo - notActive;
  return notActive > 0 && notActive >= absent ? 'not_active' : 'gone';
}

type Finding = Pick<NodeCondition, 'status' | 'reason' | 'message'>;

/** `isSplit`: the nodes have disagreed for longer than news takes to reach all. */
export function conditionsOf(
  tally: Tally,
  isSplit: boolean,
  held: readonly NodeCondition[],
  time: string,
  observedGeneration: number,
): NodeCondition[] {
  const found = {
    Ready: readiness(tally),
    Reachable: reachability(tally),
    SplitView: splitView(tally, isSplit),
  } satisfies Record<ConditionType, Finding>;
  return dated(found, held, time, observedGeneration);
}

/** Those of a DmqNode without an address that can be read. */
export function misdeclaredConditions(
  message: string,
  held: readonly NodeCondition[],
  time: string,
  observedGeneration: number,
): NodeCondition[] {
  const reason = 'InvalidAddress';
  const found = {
    Ready: { status: 'False', reason, message },
    Reachable: { status: 'Unknown', reason, message: 'nobody is asked' },
    SplitView: splitView(nobody, false),
  } as const;
  return dated(found, held, time, observedGeneration);
}

const nobody: Tally = { observers: 0, active: 0, suspected: 0, notActive: 0, others: 0, activeForOthers: 0 };

/** With the times since when they are so. */
function dated(
  found: Readonly<Record<ConditionType, Finding>>,
  held: readonly NodeCondition[],
  time: string,
  observedGeneration: number,
): NodeCondition[] {
  return (Object.entries(found) as [ConditionType, Finding][]).map(([type, finding]) => {
    const before = held.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === finding.status ? before.lastTransitionTime : time;
    return { type, ...finding, lastTransitionTime, observedGeneration };
  });
}

const reasons = {
  active: 'Active',
  suspected: 'Suspected',
  not_active: 'NotActive',
  gone: 'Gone',
} as const satisfies Record<NodePhase, string>;

function readiness(tally: Tally): Finding {
  const phase = phaseOf(tally);
  const message = `active for ${tally.active + tally.suspected} of ${tally.observers} nodes`;
  return { status: phase === 'active' || phase === 'suspected' ? 'True' : 'False', reason: reasons[phase], message };
}

function reachability({ others, activeForOthers, suspected }: Tally): Finding {
  if (others === 0) return { status: 'Unknown', reason: 'NobodyElse', message: 'no other node says whom it sees' };
  if (activeForOthers > 0) {
    return { status: 'True', reason: 'Answers', message: `${activeForOthers} of ${others} other nodes get answers` };
  }
  const message = suspected > 0 ? 'suspected: probes go unanswered' : 'no other node gets an answer';
  return { status: 'False', reason: suspected > 0 ? 'ProbesUnanswered' : 'Silent', message };
}

function splitView({ observers, active, suspected }: Tally, isSplit: boolean): Finding {
  const sentTo = active + suspected;
  if (!isSplit) return { status: 'False', reason: 'Agreed', message: 'the nodes agree' };
  return {
    status: 'True',
    reason: 'Disagreement',
    message: `active for ${sentTo} of ${observers} nodes, and not for the others`,
  };
}
