import { HttpProblem } from '../server/http-problem.ts';

interface Meaning {
  readonly status: number;
  readonly title: string;
  /** Seconds after which the same request may go through. */
  readonly retryAfter?: number;
}

/** What the errors of a node mean to whoever asked, by their stable codes. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  TARGET_NOT_A_URI: { status: 400, title: 'That is not the URI of a node' },
  TARGET_NOT_A_HOST: { status: 400, title: 'That is the address of no node' },
  NODE_NOT_AN_ADDRESS: { status: 400, title: 'A node is added by its IP address' },
  NODE_UNKNOWN: { status: 404, title: 'That node is not in the list' },
  NODE_LOCAL: { status: 409, title: 'That is this node itself' },
  TOO_MANY_NODES: { status: 409, title: 'Too many nodes have been added' },
  NO_SUCH_QUEUE: { status: 404, title: 'There is no such queue' },
  QUEUE_FULL: { status: 507, title: 'The queue is full', retryAfter: 1 },
  ITEM_TOO_LARGE: { status: 413, title: 'The item is too large for the queue' },
  QUEUE_NOT_READY: { status: 503, title: 'The queue is not read yet', retryAfter: 1 },
  QUEUE_STOPPED: { status: 503, title: 'The queue is stopped', retryAfter: 5 },
  QUEUE_FENCED: { status: 503, title: 'The queue belongs to another process', retryAfter: 5 },
  STORE_UNAVAILABLE: { status: 503, title: 'The store does not answer', retryAfter: 1 },
  STORE_REFUSED: { status: 503, title: 'The store refuses', retryAfter: 5 },
  STORE_UNFIT: { status: 503, title: 'The store can not be used', retryAfter: 30 },
  STORE_CORRUPT: { status: 503, title: 'The store is damaged', retryAfter: 30 },
  STORE_NEWER: { status: 503, title: 'The store was written by a newer version', retryAfter: 30 },
};

/** The problem that an error of the node is answered with; undefined for every other error. */
export function nodeProblem(error: unknown): HttpProblem | undefined {
  if (error instanceof HttpProblem) return error;
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const meaning = Object.hasOwn(MEANINGS, error.code) ? MEANINGS[error.code] : undefined;
  if (meaning === undefined) return undefined;
  const { status, title, retryAfter } = meaning;
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  return new HttpProblem({ status, code: error.code, title, detail: error.message, headers });
}
