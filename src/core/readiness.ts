/** One thing that was looked at. `note`: worth to be shown, but never what makes a node unready. */
export interface HealthCheck {
  readonly name: string;
  readonly result: 'ok' | 'failed' | 'note';
  /** For people; empty where `ok` says all. */
  readonly detail: string;
}

/** Whether a node takes part in the bus with all that it has, and why not. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly HealthCheck[];
}

export interface QueueHealth {
  readonly name: string;
  readonly state: string;
  readonly why: string | undefined;
}

/** How something stands that the node goes on without. */
export interface ShownState {
  readonly state: string;
  /** What is wrong; empty where nothing is. */
  readonly detail: string;
}

/** What a node knows about itself. */
export interface NodeHealth {
  readonly stopping: boolean;
  /** Whether the first search is over. */
  readonly joined: boolean;
  readonly queues: readonly QueueHealth[];
  readonly dns: ShownState;
  readonly store: ShownState;
  readonly kubernetes: ShownState;
}

/**
 * Ready is a node whose first search is over (it has joined, or is the first), whose queues are all read and its own, and that is not
 * stopping. DNS, the store of queues and the Kubernetes API are shown only: the bus goes on without them, and queues that can't be served
 * without their store say so themselves.
 */
export function readinessOf({ stopping, joined, queues, dns, store, kubernetes }: NodeHealth): Readiness {
  const checks: readonly HealthCheck[] = [
    check('shutdown', stopping ? 'the node is stopping' : ''),
    check('bus', joined ? '' : 'not joined: the first search is not over'),
    check('queues', queueTrouble(queues)),
    note('dns', dns),
    note('store', store),
    note('kubernetes', kubernetes),
  ];
  return { ready: checks.every(({ result }) => result !== 'failed'), checks };
}

function check(name: string, trouble: string): HealthCheck {
  return { name, result: trouble === '' ? 'ok' : 'failed', detail: trouble };
}

function note(name: string, { state, detail }: ShownState): HealthCheck {
  return { name, result: 'note', detail: worded(state, detail) };
}

/** A page of troubles helps nobody. */
const shownQueues = 5;

function queueTrouble(queues: readonly QueueHealth[]): string {
  const troubled = queues.filter(({ state }) => state !== 'ready');
  const shown = troubled.slice(0, shownQueues).map(({ name, state, why = '' }) => `${name} ${worded(state, why)}`);
  const more = troubled.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function worded(state: string, detail: string): string {
  return detail === '' ? state : `${state}: ${detail}`;
}
