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

/** What a node knows about itself. */
export interface NodeHealth {
  readonly stopping: boolean;
  /** Whether the first search is over. */
  readonly joined: boolean;
  readonly queues: readonly QueueHealth[];
  readonly kubernetes: { readonly state: string; readonly detail: string };
}

/**
 * Ready is a node whose first search is over (it has joined, or is the first), whose queues are all read and its own, and that is not
 * stopping. The Kubernetes API is shown only: the bus goes on without it.
 */
export function readinessOf({ stopping, joined, queues, kubernetes }: NodeHealth): Readiness {
  const checks: readonly HealthCheck[] = [
    check('shutdown', stopping ? 'the node is stopping' : ''),
    check('bus', joined ? '' : 'not joined: the first search is not over'),
    check('queues', queueTrouble(queues)),
    { name: 'kubernetes', result: 'note', detail: worded(kubernetes.state, kubernetes.detail) },
  ];
  return { ready: checks.every(({ result }) => result !== 'failed'), checks };
}

function check(name: string, trouble: string): HealthCheck {
  return { name, result: trouble === '' ? 'ok' : 'failed', detail: trouble };
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
