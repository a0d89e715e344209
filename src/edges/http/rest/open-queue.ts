import type { NodeQueues, Queue, QueueState } from '../../../kdmq-node.ts';
import { nodeProblem } from './node-problem.ts';

/** The state of a queue that there is. */
export function stateOf(queues: NodeQueues, name: string): QueueState {
  return queues.states().find((state) => state.name === name) ?? { name, state: 'stopped', why: undefined };
}

const CODES = {
  loading: 'QUEUE_NOT_READY',
  failed: 'QUEUE_NOT_READY',
  fenced: 'QUEUE_FENCED',
  stopped: 'QUEUE_STOPPED',
} as const;

/** The queue, where its items can be shown. Throws as `get`, and a problem when it is not read, not its own or stopped. */
export function openQueue(queues: NodeQueues, name: string): Queue {
  const queue = queues.get(name);
  const { state, why } = stateOf(queues, name);
  if (state === 'ready') return queue;
  const detail = `queue ${name} is ${state}${why === undefined ? '' : `: ${why}`}`;
  throw nodeProblem(Object.assign(new Error(detail), { code: CODES[state] }));
}
